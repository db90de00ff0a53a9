import { NO_REAL_DATA, realDataFolder } from '../../bench/real-data/folder.ts';
import {
  labelScores,
  openHistory,
  openedBy,
  windowScores,
  type Looks,
} from '../../bench/real-data/history.ts';
import type { RealSet } from '../../bench/real-data/sets.ts';

/** Where the data lies; without it these tests are left out. */
export const FOLDER = realDataFolder();

/** The name of a group of tests, which says why they are left out. */
export function named(name: string): string {
  return FOLDER === null ? `${name} (${NO_REAL_DATA})` : name;
}

/** What the shipped rules opened, as a person would read it. */
export interface Opened {
  readonly rule: string;
  readonly subject: string;
  readonly severity: string;
  /** Days; `to` null while it is open. */
  readonly from: string;
  readonly to: string | null;
  readonly text: string;
}

export interface Said {
  readonly opened: readonly Opened[];
  readonly of: (rule: string, subject?: string) => readonly Opened[];
  /** Features that no rule of drift or quality ever told of. */
  readonly quiet: readonly string[];
}

/** Plays a data set through the store and detection, and judges it by the shipped rules. */
export async function said(set: RealSet, labels: Looks): Promise<Said> {
  if (FOLDER === null) throw new Error(NO_REAL_DATA);
  const history = await openHistory({ set, rows: await set.read(FOLDER) });
  try {
    const scores = [...(await windowScores(history)), ...(await labelScores(history, labels))];
    const opened = openedBy(scores, history.range).rules.flatMap(({ rule, incidents }) =>
      incidents.flatMap(({ alerts }) =>
        alerts.map(({ subject, severity, fromMs, toMs, text }) => ({
          rule,
          subject,
          severity,
          from: day(fromMs),
          to: toMs === null ? null : day(toMs),
          text,
        })),
      ),
    );
    const told = new Set(opened.map(({ subject }) => subject));
    return {
      opened,
      of: (rule, subject) =>
        opened.filter((one) => one.rule === rule && (subject ?? one.subject) === one.subject),
      quiet: Object.keys(history.baseline.layouts).filter((feature) => !told.has(feature)),
    };
  } finally {
    await history.close();
  }
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
