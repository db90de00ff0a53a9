import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** Names a file by its bytes, and counts its lines on the way. */
export async function fingerprint(
  file: string,
): Promise<{ readonly digest: string; readonly lines: number }> {
  const hash = createHash('sha256');
  let lines = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    const bytes = chunk as Buffer;
    hash.update(bytes);
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1;
  }
  return { digest: hash.digest('hex').slice(0, 32), lines };
}
