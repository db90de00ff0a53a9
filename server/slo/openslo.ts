import { LineCounter, parseAllDocuments, type Document } from 'yaml';
import type { z } from 'zod';
import { positionIn } from '../config-position.ts';
import { expectedOf, mistakesOf } from '../config-words.ts';
import { brokenYaml } from '../config-yaml.ts';
import { FatalError } from '../errors.ts';
import { importObjectives } from './openslo-objective.ts';
import { anyDocument, sloDocument, type SloDocument } from './openslo-schema.ts';
import { keyOf, type Imported, type Known, type Placed, type Where } from './openslo-types.ts';

/** OpenSLO v1 files as objectives of `leeway.yaml`. What cannot be carried over is said in words. */

const V1 = 'openslo/v1';
/** Receivers and teams are configured elsewhere. */
const UNUSED = ['AlertNotificationTarget'];
const KINDS = [
  'DataSource',
  'SLO',
  'SLI',
  'AlertPolicy',
  'AlertCondition',
  'AlertNotificationTarget',
  'Service',
];

/** Throws FatalError with `file:line:column` for what is no OpenSLO v1. */
export function importOpenSlo(text: string, file: string): Imported {
  const documents = readDocuments(text, file);
  const known: Known = new Map(
    documents.map((one) => [keyOf(one.document.kind, one.document.metadata?.name ?? ''), one]),
  );
  const unused = documents
    .filter(({ document }) => UNUSED.includes(document.kind))
    .map(
      ({ document, where }) =>
        `${where([])} ${document.kind} "${document.metadata?.name ?? ''}" is not carried over: who is told is said by receivers and route in leeway.yaml`,
    );
  const imported = documents
    .filter(({ document }) => document.kind === 'SLO')
    .map((one) => importObjectives({ slo: sloOf(one), where: one.where, known }));
  return {
    slos: imported.flatMap(({ slos }) => slos),
    warnings: [...unused, ...imported.flatMap(({ warnings }) => warnings)],
  };
}

function readDocuments(text: string, file: string): readonly Placed[] {
  const lines = new LineCounter();
  const found = parseAllDocuments(text, { lineCounter: lines });
  if (!Array.isArray(found) || found.length === 0)
    throw refused(`${file}: expected OpenSLO documents, found none`);
  return found.flatMap((document) => {
    const where: Where = (path) => `${file}:${positionIn({ text, document, lines }, path)}`;
    const [error] = document.errors;
    if (error !== undefined) {
      const { line = 1, col = 1 } = error.linePos?.[0] ?? {};
      throw refused(`${file}:${line}:${col} ${brokenYaml(error)}`);
    }
    return valuesIn(document, where);
  });
}

/** A document may be a list of them. */
function valuesIn(document: Document, where: Where): readonly Placed[] {
  const value: unknown = document.toJS();
  const all: readonly Placed<unknown>[] = Array.isArray(value)
    ? value.map((one: unknown, index) => ({ document: one, where: (path) => where([index, ...path]) }))
    : [{ document: value, where }];
  return all.filter((one) => one.document !== null).map(checked);
}

function checked({ document, where }: Placed<unknown>): Placed {
  const parsed = anyDocument.safeParse(document, { error: expectedOf });
  if (!parsed.success) throw refused(sentences(parsed.error, { document, where }));
  const { apiVersion, kind } = parsed.data;
  if (apiVersion !== V1) throw refused(`${where(['apiVersion'])} ${otherVersion(apiVersion)}`);
  if (!KINDS.includes(kind))
    throw refused(`${where(['kind'])} expected one of the kinds ${KINDS.join(', ')}, got "${kind}"`);
  return { document: parsed.data, where };
}

function otherVersion(apiVersion: string): string {
  const got = `expected apiVersion ${V1}, got "${apiVersion}"`;
  if (apiVersion.includes('v2'))
    return `${got}: version 2 renames fields and is still a draft; export version 1`;
  if (apiVersion.includes('v1alpha'))
    return `${got}: the alpha has other fields; convert it with the tool that wrote it`;
  return got;
}

function sloOf({ document, where }: Placed): SloDocument {
  const parsed = sloDocument.safeParse(document, { error: expectedOf });
  if (parsed.success) return parsed.data;
  throw refused(sentences(parsed.error, { document, where }, `SLO "${document.metadata?.name ?? ''}": `));
}

/** A line a mistake. */
function sentences(error: z.ZodError, { document, where }: Placed<unknown>, about = ''): string {
  return error.issues
    .flatMap((issue) => mistakesOf(issue, document))
    .map(({ path, message }) => `${where(path)} ${about}${message}`)
    .join('\n');
}

function refused(message: string): FatalError {
  return new FatalError(message, { exitCode: 2 });
}
