import type { Scope } from '../../server/model.ts';
import type { Control, Telemetry } from '../../server/ports.ts';

/** What the director needs of the appliance it runs in its own process. */
export interface Appliance {
  readonly url: string;
  readonly otlpUrl: string;
  /** Runs everything due at the clock's time, deliveries and runs included. */
  readonly tick: () => Promise<void>;
  readonly control: Pick<Control, 'alerts' | 'incidents' | 'runs' | 'counters'>;
  readonly telemetry: Pick<Telemetry, 'catalog'>;
  readonly createKey: (tenant: string | null, scopes: readonly Scope[]) => Promise<string>;
  readonly signInLink: () => Promise<string>;
  readonly close: () => Promise<void>;
}
