import type { Declaration, ModelKey, ModelSchema, RejectReason, SchemaNotice } from './model.ts';
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

export interface SchemaTelemetry {
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
