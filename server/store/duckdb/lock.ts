import { readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FatalError } from '../../errors.ts';

const LOCK = 'telemetry.lock';
/** Two owners in one process would both "succeed" and lose rows: DuckDB's own lock is one of the process. */
const OWNED = Symbol.for('leeway.telemetry.owned');

function owned(): Set<string> {
  const holder = globalThis as { [OWNED]?: Set<string> };
  holder[OWNED] ??= new Set();
  return holder[OWNED];
}

/** Makes this the only owner of the folder and returns what gives it up. Throws FatalError when there is one already. */
export function lockFolder(folder: string): () => void {
  const path = realpathSync(folder);
  if (owned().has(path)) throw taken(path, 'this process');
  const file = join(path, LOCK);
  claim(file, path);
  owned().add(path);
  return () => {
    owned().delete(path);
    rmSync(file, { force: true });
  };
}

/** A lock whose process is gone, or which an earlier life with the same number left, is taken over. */
function claim(file: string, folder: string): void {
  const mine = JSON.stringify({ pid: process.pid, startedAt: startOf(process.pid) });
  try {
    writeFileSync(file, mine, { flag: 'wx' });
    return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const holder = holderOf(file);
  if (holder !== null && alive(holder)) throw taken(folder, `process ${holder.pid}`);
  writeFileSync(file, mine);
}

interface Holder {
  readonly pid: number;
  readonly startedAt: string | null;
}

function holderOf(file: string): Holder | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return null;
  }
}

function alive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  if (isDead(holder.pid)) return false;
  return holder.startedAt === startOf(holder.pid);
}

/** A zombie has closed its files; only its parent has not asked how it ended. */
function isDead(pid: number): boolean {
  return ['Z', 'X', 'x'].includes(statOf(pid)?.[0] ?? '');
}

/** Process numbers come back, in containers at once; the start tells two lives apart. null where it cannot be known. */
function startOf(pid: number): string | null {
  return statOf(pid)?.[19] ?? null;
}

/** The fields of /proc/<pid>/stat from the state on; null where there is no such file. */
function statOf(pid: number): readonly string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

function taken(folder: string, by: string): FatalError {
  return new FatalError(
    `The telemetry data in ${folder} is in use by ${by}; stop it first, or give this one another data folder.`,
  );
}
