import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { FatalError } from '../errors.ts';
import { fingerprint } from './import/fingerprint.ts';
import { FORMATS, formatOf, importOptions } from './import/options.ts';
import type { ImportFormat, ImportOptions } from './import/options.ts';
import type { Outgoing } from './import/outgoing.ts';
import { withRequests } from './import/requests.ts';
import { Progress } from './import/progress.ts';
import { EXIT, send } from './import/send.ts';
import type { Sending } from './import/send.ts';
import { Tally } from './import/tally.ts';
import type { Command, CommandContext } from './types.ts';

export const importFiles: Command = {
  usage: 'import FILE… [--model M] [--version V] [--map time=ts,id=request_id,value=pred,score=p,label=y]',
  about: [
    `sends files to a running appliance; formats are ${FORMATS.join(', ')}, told by the ending or --format`,
    '--labels: the file holds labels; --dataset production|reference|shadow; --features a,b and --ignore x choose columns',
    '--segments a,b and --protected c say what else a column is; --text id reads a column as text',
    '--time-unit s|ms|us|ns of times that are numbers (ms); times without a zone are UTC',
    '--dry-run prints what would be sent; --url (where the configuration listens); the key comes from LEEWAY_API_KEY or --key-file',
    'ends with 0, 1 when a row was refused, 2 when the command cannot be followed, 3 when the appliance is not reached',
  ].join('\n      '),
  run: async (context) => {
    const options = importOptions(context);
    const files = options.files.map((file) => ({ file, format: formatOf(file, options.format) }));
    for (const { file } of files)
      if (!existsSync(file)) throw new FatalError(`${file}: no such file`, { exitCode: EXIT.usage });
    if (!options.dryRun && options.key === null)
      throw new FatalError('expected an API key in LEEWAY_API_KEY or --key-file', { exitCode: EXIT.usage });
    const tally = new Tally();
    for (const { file, format } of files) await importFile(file, format, { options, tally, context });
    if (options.dryRun) return 0;
    for (const line of tally.lines()) context.print(line);
    return tally.refused > 0 ? EXIT.refused : 0;
  },
};

interface Import {
  readonly options: ImportOptions;
  readonly tally: Tally;
  readonly context: CommandContext;
}

/** Sends a file, and tells its answers to the tally. */
export async function importFile(file: string, format: ImportFormat, work: Import): Promise<void> {
  const { options, tally, context } = work;
  const { digest, lines } = await fingerprint(file);
  try {
    await withRequests({ file, format, options, lines }, async ({ description, rows, requests }) => {
      if (!options.dryRun) return sendAll(requests(), { ...work, digest, rows });
      for (const line of [`${file} (${format}):`, ...description]) context.print(line);
    });
  } catch (cause) {
    if (cause instanceof FatalError) throw cause;
    for (const line of options.dryRun ? [] : tally.lines()) context.print(line);
    const why = cause instanceof Error ? whyOf(cause.message) : '';
    throw new FatalError(`${file} cannot be read as ${format}: ${why}`, { exitCode: EXIT.usage, cause });
  }
}

interface Sent extends Import {
  readonly digest: string;
  readonly rows: number | null;
}

async function sendAll(
  requests: AsyncIterable<Outgoing>,
  { options, tally, digest, rows }: Sent,
): Promise<void> {
  const progress = new Progress(
    { write: (text) => process.stderr.write(text), isTerminal: process.stderr.isTTY },
    rows,
    Date.now(),
  );
  const sending = sendingOf(options);
  let [number, sent] = [0, 0];
  try {
    for await (const outgoing of requests) {
      if ('unreadable' in outgoing) {
        tally.refuse(outgoing.unreadable);
        continue;
      }
      const answer = await send(outgoing, `import-${digest}-${number}`, sending);
      tally.add(outgoing, answer);
      number += 1;
      if (outgoing.route === 'predictions' || options.labels) sent += outgoing.rows;
      progress.tell(sent, Date.now());
    }
  } finally {
    progress.end();
  }
}

/** The words of whoever read the file, without its lines. */
function whyOf(message: string): string {
  if (message.includes('when sniffing file'))
    return 'its rows have not all as many cells as its first line, or a quote is not closed';
  const [first = ''] = message.split('\n');
  const expected = /Expected Number of Columns: \d+ Found: \d+/.exec(message)?.[0];
  return expected === undefined ? first : `${first}, ${expected}`;
}

function sendingOf({ url, key, address }: ImportOptions): Sending {
  const sending = { url, key: key ?? '', sleep: (ms: number) => sleep(ms) };
  return address === undefined ? sending : { ...sending, address };
}
