import type { Log } from '../log.ts';
import type { Delivery } from '../model.ts';

export async function noticePicture(
  _delivery: Delivery,
  _log: Log,
): Promise<{ readonly png: Uint8Array; readonly alt: string } | null> {
  return null;
}
