import type { ScheduledJob } from '../../model.ts';
import type { Control } from '../../ports.ts';
import type { Database, Row } from './database.ts';

/** The due table: timers are rows, so a restart and a test behave alike. */
export function jobMethods(database: Database): Pick<Control, 'dueJobs' | 'jobs' | 'scheduleJobs'> {
  return {
    dueJobs: async (nowMs) =>
      database.all('SELECT * FROM jobs WHERE due_at_ms <= ? ORDER BY due_at_ms, id', nowMs).map(jobOf),
    jobs: async () => database.all('SELECT * FROM jobs ORDER BY due_at_ms, id').map(jobOf),
    scheduleJobs: async (jobs) =>
      database.transaction(() => {
        for (const job of jobs) putJob(database, job);
      }),
  };
}

function putJob(database: Database, job: ScheduledJob): void {
  database.run(
    `INSERT INTO jobs (id, due_at_ms, last_run_ms, mark) VALUES (?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET due_at_ms = excluded.due_at_ms, last_run_ms = excluded.last_run_ms,
       mark = excluded.mark`,
    job.id,
    job.dueAtMs,
    job.lastRunMs,
    job.mark ?? null,
  );
}

function jobOf(row: Row): ScheduledJob {
  return {
    id: String(row['id']),
    dueAtMs: Number(row['due_at_ms']),
    lastRunMs: row['last_run_ms'] === null ? null : Number(row['last_run_ms']),
    ...(row['mark'] !== null && { mark: Number(row['mark']) }),
  };
}
