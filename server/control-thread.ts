import type { Control, ControlOptions } from './ports.ts';
import { loadRules } from './rules-file.ts';
import { startThread, type Thread } from './rpc.ts';
import type { Settings } from './settings.ts';

/** Starts the thread that owns control.sqlite. */
export async function startControl(
  settings: Settings,
  onLost: (error: Error) => void,
): Promise<Thread<Control>> {
  const options: ControlOptions = {
    folder: settings.dataFolder,
    settings,
    rules: loadRules(settings.rulesFolder),
  };
  return startThread<Control>(new URL('./control.ts', import.meta.url), options, onLost);
}

/** For a command: the control store, also while the appliance runs; closed afterwards. */
export async function withControl<T>(settings: Settings, work: (control: Control) => Promise<T>): Promise<T> {
  const thread = await startControl(settings, () => {});
  try {
    return await work(thread.methods);
  } finally {
    await thread.methods.close();
    await thread.end();
  }
}
