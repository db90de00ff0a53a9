import {
  appendFileSync,
  closeSync,
  existsSync,
  openSync,
  readSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';

/** What a failing disk or machine may do to the end of a log; each tells from which byte on it is no longer as written. */

type Damage = (file: string, random: () => number) => number;

/** So much of the end may be hit. */
const TAIL_BYTES = 65_536;

export const DAMAGES: Readonly<Record<string, Damage>> = {
  torn: (file, random) => {
    const from = placeIn(file, random);
    truncateSync(file, from);
    return from;
  },
  'zeros behind': (file, random) => {
    const from = statSync(file).size;
    appendFileSync(file, Buffer.alloc(1 + Math.floor(random() * 8192)));
    return from;
  },
  'zeroed end': (file, random) => {
    const from = placeIn(file, random);
    overwrite(file, from, Buffer.alloc(statSync(file).size - from));
    return from;
  },
  flipped: (file, random) => {
    const from = placeIn(file, random);
    const byte = Buffer.alloc(1);
    const handle = openSync(file, 'r');
    readSync(handle, byte, 0, 1, from);
    closeSync(handle);
    byte[0] = (byte[0] as number) ^ (1 << Math.floor(random() * 8));
    overwrite(file, from, byte);
    return from;
  },
};

/** A place among the last bytes; never in the first that name the log. */
function placeIn(file: string, random: () => number): number {
  const { size } = statSync(file);
  return Math.max(Math.min(size, 128), size - 1 - Math.floor(random() * Math.min(TAIL_BYTES, size)));
}

function overwrite(file: string, from: number, bytes: Buffer): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, bytes, 0, bytes.length, from);
  closeSync(handle);
}

/** 0 when there is no log. */
export function logBytesOf(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}
