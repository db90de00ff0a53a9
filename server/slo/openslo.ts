import { LineCounter, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { FatalError } from '../errors.ts';
import { importObjectives } from './openslo-objective.ts';
import { anyDocument, sloDocument, type AnyDocument, type SloDocument } from './openslo-schema.ts';
import { keyOf, type Imported, type Known } from './openslo-types.ts';

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

/** Throws FatalError with `file:line` for what is no OpenSLO v1. */
export function importOpenSlo(text: string, file: string): Imported {
  const documents = readDocuments(text, file);
  const known: Known = new Map(
    documents.map(({ document }) => [keyOf(document.kind, document.metadata?.name ?? ''), document]),
  );
  const unused = documents
    .filter(({ document }) => UNUSED.includes(document.kind))
    .map(
      ({ document, place }) =>
        `${place} ${document.kind} "${document.metadata?.name ?? ''}" is not carried over: who is told is said by receivers and route in leeway.yaml`,
    );
  const imported = documents
    .filter(({ document }) => document.kind === 'SLO')
    .map(({ document, place }) => importObjectives({ slo: sloOf(document, place), place, known }));
  return {
    slos: imported.flatMap(({ slos }) => slos),
    warnings: [...unused, ...imported.flatMap(({ warnings }) => warnings)],
  };
}

interface Placed {
  readonly document: AnyDocument;
  /** `file:line`. */
  readonly place: string;
}

function readDocuments(text: string, file: string): readonly Placed[] {
  const lines = new LineCounter();
  const found = parseAllDocuments(text, { lineCounter: lines });
  if (!Array.isArray(found) || found.length === 0)
    throw refused(`${file}: expected OpenSLO documents, found none`);
  return found.flatMap((one) => {
    const place = `${file}:${lines.linePos(one.contents?.range?.[0] ?? 0).line}`;
    const [error] = one.errors;
    if (error !== undefined) throw refused(`${place} ${error.message.split('\n')[0]}`);
    const value: unknown = one.toJS();
    return (Array.isArray(value) ? value : [value])
      .filter((each) => each !== null)
      .map((each) => ({ document: checked(each, place), place }));
  });
}

function checked(value: unknown, place: string): AnyDocument {
  const parsed = anyDocument.safeParse(value);
  if (!parsed.success) throw refused(`${place} ${sentence(parsed.error)}`);
  const { apiVersion, kind } = parsed.data;
  if (apiVersion !== V1) throw refused(`${place} ${otherVersion(apiVersion)}`);
  if (!KINDS.includes(kind))
    throw refused(`${place} expected one of the kinds ${KINDS.join(', ')}, got "${kind}"`);
  return parsed.data;
}

function otherVersion(apiVersion: string): string {
  const got = `expected apiVersion ${V1}, got "${apiVersion}"`;
  if (apiVersion.includes('v2'))
    return `${got}: version 2 renames fields and is still a draft; export version 1`;
  if (apiVersion.includes('v1alpha'))
    return `${got}: the alpha has other fields; convert it with the tool that wrote it`;
  return got;
}

function sloOf(document: AnyDocument, place: string): SloDocument {
  const parsed = sloDocument.safeParse(document);
  if (!parsed.success)
    throw refused(`${place} SLO "${document.metadata?.name ?? ''}": ${sentence(parsed.error)}`);
  return parsed.data;
}

function sentence(error: z.ZodError): string {
  return error.issues
    .map((issue) => `${issue.path.join('.') || 'the document'}: ${issue.message}`)
    .join('; ');
}

function refused(message: string): FatalError {
  return new FatalError(message, { exitCode: 2 });
}
