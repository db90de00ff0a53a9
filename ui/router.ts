/** Hash routes: `#/models/:tenant/:model?window=…`. Pure but for `go`. */

export interface Match {
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

/** The first pattern that fits the hash, or null. */
export function match(patterns: readonly string[], hash: string): Match | null {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const query = Object.fromEntries(new URLSearchParams(search));
  for (const pattern of patterns) {
    const params = paramsOf(pattern, path);
    if (params !== null) return { path: pattern, params, query };
  }
  return null;
}

function paramsOf(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/');
  const given = path.replace(/\/$/, '').split('/');
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = decode(given[index] ?? '');
    if (value === null || value === '') return null;
    if (part.startsWith(':')) params[part.slice(1)] = value;
    else if (part !== value) return null;
  }
  return params;
}

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

/** The address of a page; empty query values are left out. */
export function href(parts: readonly string[], query: Readonly<Record<string, string | null>> = {}): string {
  const path = parts.map((part) => encodeURIComponent(part)).join('/');
  const kept = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== null);
  const search = new URLSearchParams(kept).toString();
  return `#/${path}${search === '' ? '' : `?${search}`}`;
}
