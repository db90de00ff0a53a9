import { systemClock } from '../clock.ts';
import { createLeeway, type Leeway } from '../leeway.ts';
import { jsonLog, type Log } from '../log.ts';
import { startOwnTelemetry } from '../tracing.ts';
import { readOptions, settingsOf } from './settings.ts';
import type { Command } from './types.ts';

export const serve: Command = {
  usage: 'serve',
  about: 'runs the appliance until it is told to stop',
  run: async (context) => {
    const { config } = readOptions(context).values;
    const readSettings = () => settingsOf(context, config);
    const settings = readSettings();
    const log = jsonLog();
    const own = await startOwnTelemetry(context.environment);
    const leeway = await createLeeway(settings, {
      clock: systemClock(),
      log,
      schedule: true,
      readSettings,
    });
    const { url, otlpUrl, grpcUrl } = leeway;
    log.info('leeway is up', { url, otlpUrl, grpcUrl, data: settings.dataFolder });
    stopOnSignal(leeway, own.stop);
    process.on('SIGHUP', () => void reloadOnSignal(leeway, log));
    return null;
  },
};

/** A first signal drains and commits; a second one ends at once. */
function stopOnSignal(leeway: Leeway, stopOwnTelemetry: () => Promise<void>): void {
  let stopping = false;
  const stop = async () => {
    if (stopping) process.exit(1);
    stopping = true;
    await leeway.close();
    await stopOwnTelemetry();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());
}

/** A configuration with a mistake is told in the log, and the old one runs on. */
async function reloadOnSignal(leeway: Leeway, log: Log): Promise<void> {
  try {
    const { changed, needsRestart, tells } = await leeway.reload({ actor: 'SIGHUP', dryRun: false });
    log.info('the configuration was read again', {
      changed: changed.join(', '),
      needsRestart: needsRestart.join(', '),
      tells: tells.length,
    });
  } catch (error) {
    log.error('the configuration was not taken; the old one runs on', {
      error: error instanceof Error ? error.message : String(error),
    });
  }
}
