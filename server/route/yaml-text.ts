import { LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';

/** What a text holds, with `where(path)` as `file:line:column`; or every mistake, each with its place. */
export type YamlResult<T> =
  | { readonly ok: true; readonly value: T; readonly where: (path: readonly PropertyKey[]) => string }
  | { readonly ok: false; readonly errors: readonly string[] };

/** A name in which `*` stands for any run of characters. */
export const pattern = z.string().min(1).max(300);

/** Parses YAML by a schema: `alert-rules/drift.yaml:12:5 rules.0.close: expected number, got string`. */
export function parseYaml<S extends z.ZodType>(
  text: string,
  file: string,
  schema: S,
): YamlResult<z.output<S>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0)
    return { ok: false, errors: document.errors.map((error) => syntaxError(error, file)) };
  const where = (path: readonly PropertyKey[]) => `${file}:${positionOf(document, lines, path)}`;
  const parsed = schema.safeParse(document.toJS());
  if (parsed.success) return { ok: true, value: parsed.data, where };
  return { ok: false, errors: parsed.error.issues.flatMap((issue) => sentences(issue, where)) };
}

function syntaxError(error: Document['errors'][number], file: string): string {
  const start = error.linePos?.[0];
  const place = `${file}:${start?.line ?? 1}:${start?.col ?? 1}`;
  return `${place} expected YAML, got ${error.message.split('\n')[0]?.replace(/ at line.*$/, '') ?? ''}`;
}

/** `line:column` of a path, or of its nearest parent that is there. */
function positionOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): string {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true) as
      { readonly range?: readonly number[] } | undefined;
    const offset = node?.range?.[0];
    if (offset === undefined) continue;
    const { line, col } = lines.linePos(offset);
    return `${line}:${col}`;
  }
  return '1:1';
}

function sentences(
  issue: z.core.$ZodIssue,
  where: (path: readonly PropertyKey[]) => string,
): readonly string[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(
      (key) =>
        `${where([...issue.path, key])} expected no key "${key}" in ${pathName(issue.path)}; remove it`,
    );
  const message = issue.message.replace(/^Invalid input: /, '').replace(', received ', ', got ');
  return [`${where(issue.path)} ${pathName(issue.path)}: ${message}`];
}

function pathName(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'the file' : path.map(String).join('.');
}
