import type { AnyDocument, SloDocument } from './openslo-schema.ts';

/** What the parts of an import hand each other. */

export interface ImportedSlo {
  /** Its model: the service, or what a source of the type leeway names. */
  readonly model: string;
  readonly slo: Readonly<Record<string, unknown>>;
}

export interface Imported {
  readonly slos: readonly ImportedSlo[];
  readonly warnings: readonly string[];
}

/** Everything the SLOs of a file may refer to, by kind and name. */
export type Known = ReadonlyMap<string, AnyDocument>;

export interface Given {
  readonly slo: SloDocument;
  readonly place: string;
  readonly known: Known;
}

export function keyOf(kind: string, name: string): string {
  return `${kind}/${name}`;
}
