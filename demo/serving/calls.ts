import type { ShippingCounts } from './shipper.ts';

/** Calls from the director to the serving process over the channel between the two processes. */

export interface Connection {
  readonly otlpUrl: string;
  /** Ingest key of each tenant. */
  readonly apiKeys: Readonly<Record<string, string>>;
}

export interface Introduction {
  readonly url: string;
  readonly models: readonly {
    readonly tenant: string;
    readonly model: string;
    readonly active: string;
    readonly versions: readonly string[];
    readonly quality: string;
  }[];
}

export interface ServedCounts {
  readonly tenant: string;
  readonly model: string;
  readonly predictions: number;
  readonly reference: number;
  readonly labels: number;
  readonly errors: number;
  readonly shipping: ShippingCounts;
}

export interface ServingCalls {
  /** Where predictions are shipped to; needed before anything else. */
  readonly connect: (connection: Connection) => Promise<void>;
  /** Ships January, the training set, as the baseline of both models, at its story time. */
  readonly shipReference: (input: { readonly shiftMs: number }) => Promise<void>;
  /** Resolves when everything predicted and labelled so far is acknowledged or given up. */
  readonly flush: () => Promise<void>;
  readonly counts: () => Promise<readonly ServedCounts[]>;
  readonly stop: () => Promise<void>;
}

/** What the serving process is started with, as JSON in its environment: secrets stay out of the argument list. */
export interface ServingStart {
  readonly webhookSecret: string;
  /** null: the appliance signs with the story's time, which is not this process's. */
  readonly toleranceMs: number | null;
}

export const START_VARIABLE = 'LEEWAY_DEMO_SERVING';

export type ToServing = { readonly id: number; readonly call: keyof ServingCalls; readonly input?: unknown };
export type FromServing =
  | { readonly kind: 'ready'; readonly introduction: Introduction }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'reply'; readonly id: number; readonly value?: unknown; readonly error?: string };
