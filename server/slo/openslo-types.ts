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

type Path = readonly PropertyKey[];
/** `file:line:column` of a path in a document, or of its nearest parent that is there. */
export type Where = (path: Path) => string;

export interface Placed<Document = AnyDocument> {
  readonly document: Document;
  readonly where: Where;
}

/** Everything the SLOs of a file may refer to, by kind and name. */
export type Known = ReadonlyMap<string, Placed>;

export interface Given {
  readonly slo: SloDocument;
  readonly where: Where;
  readonly known: Known;
}

export interface Warning {
  /** `file:line:column`. */
  readonly at: string;
  readonly text: string;
}

/** Of a draft: its place is said by a path of the SLO. */
export interface Note {
  readonly path: Path;
  readonly text: string;
}

export function keyOf(kind: string, name: string): string {
  return `${kind}/${name}`;
}
