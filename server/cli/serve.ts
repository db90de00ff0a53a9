import { systemClock } from '../clock.ts';
import { createLeeway, type Leeway } from '../leeway.ts';
import { jsonLog } from '../log.ts';
import { startOwnTelemetry } from '../tracing.ts';
import { readOptions, settingsOf } from './settings.ts';
import type { Command } from './types.ts';

export const serve: Command = {
  usage: 'serve',
  about: 'runs the appliance until it is told to stop',
  run: async (context) => {
    const settings = settingsOf(context, readOptions(context).values['config']);
    const log = jsonLog();
    const own = await startOwnTelemetry(context.environment);
    const leeway = await createLeeway(settings, { clock: systemClock(), log, schedule: true });
    const { url, otlpUrl, grpcUrl } = leeway;
    log.info('leeway is up', { url, otlpUrl, grpcUrl, data: settings.dataFolder });
    stopOnSignal(leeway, own.stop);
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
