import type { Log } from '../log.ts';
import type { Delivery, DeliveryOutcome } from '../model.ts';
import type { ReceiverSettings } from '../settings.ts';
import type { EgressPolicy } from './egress.ts';
import type { TemplateFailure } from './own-words.ts';

export type ReceiverType = ReceiverSettings['type'];
export type SettingsOf<T extends ReceiverType> = Extract<ReceiverSettings, { readonly type: T }>;

/** What one attempt may use besides what it delivers. */
export interface DeliveryContext<S extends ReceiverSettings = ReceiverSettings> {
  readonly settings: S;
  /** Guarded, see `guardedFetch`. */
  readonly fetch: typeof fetch;
  /** What may be called, for connections that are not HTTP. */
  readonly egress: EgressPolicy;
  /** Values of other parts of the configuration that no text may hold. */
  readonly secrets?: readonly string[];
  /** What the change looks like; null when it cannot be drawn in time. Never waited for long, never needed. */
  readonly picture?: () => Promise<{ readonly png: Uint8Array; readonly alt: string } | null>;
  /** Wall time in ms: a receiver holds signature times and `Retry-After` dates against its own clock. */
  readonly now: () => number;
  /** Instead of the receiver's own timeout. */
  readonly timeoutMs?: number;
  /** For what happens after the outcome is known. */
  readonly log?: Log;
  /** Told of every template that was not used; the notice goes out in Leeway's words then. */
  readonly onTemplateFailure?: (failure: TemplateFailure) => void;
}

/** One way to tell somebody. `deliver` never rejects: whatever happens has a named outcome. */
export interface Receiver {
  readonly type: ReceiverType;
  readonly deliver: (delivery: Delivery, context: DeliveryContext) => Promise<DeliveryOutcome>;
}

/** A receiver as its own file writes it: may throw, and may leave secrets in what it says. */
export interface ReceiverPart<T extends ReceiverType> {
  readonly type: T;
  /** Values that must appear nowhere. */
  readonly secrets: (settings: SettingsOf<T>) => readonly string[];
  readonly attempt: (delivery: Delivery, context: DeliveryContext<SettingsOf<T>>) => Promise<DeliveryOutcome>;
}
