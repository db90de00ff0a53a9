import { schedule } from 'node-cron';

export interface Schedule {
  readonly stop: () => Promise<void>;
}

/**
 * Wakes `wake` every second of real time; what is due is decided by the table of jobs and the injected clock, so a restart
 * or a long pause loses nothing. A wake that is still running is not started twice.
 */
export function startSchedule(wake: () => Promise<void>): Schedule {
  let isRunning = false;
  const task = schedule('* * * * * *', async () => {
    if (isRunning) return;
    isRunning = true;
    await wake().finally(() => {
      isRunning = false;
    });
  });
  return {
    stop: async () => {
      await task.destroy();
    },
  };
}
