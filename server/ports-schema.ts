import type {
  Declaration,
  ModelKey,
  ModelSchema,
  Protocol,
  Rejection,
  RejectReason,
  SchemaNotice,
} from './model.ts';
import type { Answer } from './ports.ts';

/** What the telemetry store offers of schemas and of refused records. Types only. */

export interface QuarantineEntry {
  readonly atMs: number;
  readonly tenant: string;
  readonly protocol: string;
  readonly reason: RejectReason;
  readonly count: number;
  readonly message: string;
  /** Names and kinds of what a refused record held, never values; empty where none could be read. */
  readonly shape?: readonly ShapeField[];
}

export interface ShapeField {
  readonly name: string;
  readonly kind: string;
}

/** Refused records ever, by tenant, reason and protocol. */
export interface QuarantineTotal {
  readonly tenant: string;
  readonly reason: RejectReason;
  readonly protocol: string;
  readonly records: number;
  readonly requests: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Requests of one tenant and kind that were refused unread. */
export interface NotedRefusal {
  readonly tenant: string;
  readonly protocol: Protocol;
  readonly reason: RejectReason;
  /** Of the first one. */
  readonly message: string;
  readonly requests: number;
  readonly atMs: number;
}

/** Requests or responses of serving stacks that got no other half. */
export interface Unpaired {
  readonly tenant: string;
  readonly rejection: Rejection;
}

export interface SchemaTelemetry {
  /** Adds requests that were refused before they came here to the quarantine. */
  noteRefusals(refusals: readonly NotedRefusal[]): Promise<void>;
  /** Tells halves of inferences that waited in vain, also where their tenant sends nothing any more: each once, by tenant. */
  tellUnpaired(nowMs: number): Promise<readonly Unpaired[]>;
  /** The first examples of refused records, newest first; null asks for all tenants. */
  quarantine(tenant: string | null): Promise<readonly QuarantineEntry[]>;
  quarantineTotals(tenant: string | null): Promise<readonly QuarantineTotal[]>;
  /** null: the model is not known. */
  schema(key: ModelKey): Promise<ModelSchema | null>;
  /** Declares the features of a model by the API; a model that is not known yet is made. */
  declareSchema(input: {
    readonly key: ModelKey;
    readonly features: Declaration;
    readonly nowMs: number;
  }): Promise<Answer<readonly SchemaNotice[]>>;
}
