import { startControl } from './control-thread.ts';
import type { Log } from './log.ts';
import type { Control, Telemetry, TelemetryOptions } from './ports.ts';
import { startThread } from './rpc.ts';
import type { Settings } from './settings.ts';

export interface Stores {
  readonly telemetry: Telemetry;
  readonly control: Control;
  readonly close: () => Promise<void>;
}

/** Both stores in threads of their own. A thread that ends by itself ends the process: a supervisor starts it afresh. */
export async function openStores(settings: Settings, log: Log, startedAtMs?: number): Promise<Stores> {
  const lost = (error: Error) => {
    log.error('a store thread ended', { error: error.message });
    process.exit(1);
  };
  const options: TelemetryOptions = {
    folder: settings.dataFolder,
    limits: settings.limits,
    models: settings.models,
    ...(startedAtMs !== undefined && { startedAtMs }),
    ...(settings.pii !== undefined && { pii: settings.pii }),
    storage: settings.storage,
  };
  const telemetry = await startThread<Telemetry>(new URL('./worker.ts', import.meta.url), options, lost);
  const control = await startControl(settings, lost);
  const { salvage } = await telemetry.methods.health();
  if (salvage !== null)
    log.warn('a torn write-ahead log was cut; every commit before the tear is kept', { ...salvage });
  return {
    telemetry: telemetry.methods,
    control: control.methods,
    close: async () => {
      await telemetry.methods.close();
      await control.methods.close();
      await Promise.all([telemetry.end(), control.end()]);
    },
  };
}
