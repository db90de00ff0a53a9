import { LineCounter, parseDocument, visit, type Document, type YAMLError } from 'yaml';
import type { Source } from './config-position.ts';

type Yaml =
  | { readonly ok: true; readonly value: unknown; readonly source: Source }
  | { readonly ok: false; readonly place: string; readonly message: string };

/** What a YAML text says; or where it is broken, as `line:column`, and how. An empty text says nothing: {}. */
export function parseYaml(text: string): Yaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const { line = 1, col = 1 } = broken.linePos?.[0] ?? {};
    return { ok: false, place: `${line}:${col}`, message: brokenYaml(broken) };
  }
  const alias = unknownAlias(document);
  if (alias !== null) {
    const { line, col } = lines.linePos(alias.offset);
    const message = `expected an alias of an anchor before it, got *${alias.name}; write the anchor as &${alias.name}`;
    return { ok: false, place: `${line}:${col}`, message };
  }
  return valueOf(document, { text, document, lines });
}

/** Aliases of aliases can stand for more than any memory holds. */
function valueOf(document: Document, source: Source): Yaml {
  try {
    return { ok: true, value: (document.toJS() as unknown) ?? {}, source };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, place: '1:1', message: `expected YAML, got text that cannot be read: ${reason}` };
  }
}

const WORDS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'expected every key once, got this one twice; remove one of them',
  TAB_AS_INDENT: 'expected spaces before a key, got a tab; indent with spaces',
};

/** What is broken; the library's words end with the place again. */
export function brokenYaml({ code, message }: YAMLError): string {
  const [first = ''] = message.split('\n');
  return WORDS[code] ?? `expected YAML: ${first.replace(/ at line \d+, column \d+:?$/, '')}`;
}

function unknownAlias(document: Document): { readonly name: string; readonly offset: number } | null {
  let found: { readonly name: string; readonly offset: number } | null = null;
  visit(document, {
    Alias: (_, node) => {
      if (node.resolve(document) !== undefined) return undefined;
      found = { name: node.source, offset: node.range?.[0] ?? 0 };
      return visit.BREAK;
    },
  });
  return found;
}
