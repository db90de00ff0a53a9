/** Shorter ones are words of every text; taking those out would make a page unreadable and hide nothing. */
const LEAST_CHARACTERS = 6;

const MASK = '[secret]';

/** A copy of plain data in which no text holds one of the secrets. */
export function masked<T>(value: T, secrets: readonly string[]): T {
  const long = secrets
    .filter(({ length }) => length >= LEAST_CHARACTERS)
    .toSorted((first, second) => second.length - first.length);
  return long.length === 0 ? value : (copyOf(value, long) as T);
}

function copyOf(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string')
    return secrets.reduce((rest, secret) => rest.replaceAll(secret, MASK), value);
  if (Array.isArray(value)) return value.map((one) => copyOf(one, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, copyOf(one, secrets)]));
}

const NAMED = String.raw`\b(?:password|passwd|passwort|kennwort|pwd?|passphrase|secret|token|sig(?:nature)?|(?:api|access|client)[_-]?(?:key|secret))["']?\s{0,4}`;

/** What opens something, told by how it looks. */
const SHAPES: readonly { readonly name: string; readonly pattern: RegExp }[] = [
  {
    name: 'a private key',
    pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  },
  { name: 'a key of Leeway', pattern: /\blw_[0-9a-f]{8}_[\w-]{20,}/g },
  { name: 'a signing secret', pattern: /\bwh(?:sec|sk)_[\w+/=-]{16,}/g },
  { name: 'a Slack token', pattern: /\bx(?:ox[a-z]|app)-[A-Za-z0-9-]{8,}/g },
  {
    name: 'a Slack webhook',
    pattern: /(?<=\bhooks\.slack\.com\/(?:services|workflows|triggers)\/)[\w/-]{8,}/g,
  },
  { name: 'an AWS key', pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g },
  { name: 'a GitHub token', pattern: /\b(?:gh[opsru]_[A-Za-z0-9]{30,}|github_pat_\w{22,})/g },
  { name: 'a GitLab token', pattern: /\bglpat-[\w-]{20,}/g },
  { name: 'a Google key', pattern: /\bAIza[\w-]{35}/g },
  { name: 'a token of a package registry', pattern: /\b(?:npm_[A-Za-z0-9]{30,}|pypi-[\w-]{40,})/g },
  { name: 'an API key', pattern: /\b[sr]k[-_](?=[\w-]*\d)[\w-]{20,}/g },
  { name: 'a signed token', pattern: /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g },
  {
    name: 'a password in a URL',
    pattern: /(?<=\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/]{0,100}:)(?!\[secret\])[^\s@/]+(?=@)/gi,
  },
  {
    name: 'a password on a command line',
    pattern: /(?<=\s(?:-u|--user)[\s=]["']?[\w.@-]{1,60}:)(?!\[secret\])[^\s"']{4,}/g,
  },
  {
    name: 'an authorization header',
    pattern: /(?<=\b(?:bearer|basic)\s{1,4})(?=[\w+/.~-]*[\d=])[\w+/=.~-]{16,}/gi,
  },
  {
    name: 'a password',
    pattern: new RegExp(String.raw`(?<=${NAMED}=\s{0,4}["']?)(?!\[secret\])[^\s"',;&]{6,}`, 'gi'),
  },
  // With a colon it may be prose, "token: expired": a word without a digit is taken for a word.
  {
    name: 'a password',
    pattern: new RegExp(
      String.raw`(?<=${NAMED}(?::|is\b)\s{0,4}["']?)(?=[^\s"',;]*\d)(?=[^\s"',;]*[a-z])[^\s"',;]{6,}`,
      'gi',
    ),
  },
];

/** What a text holds that looks like a secret, such as "a Slack token"; null: nothing. */
export function secretIn(text: string): string | null {
  return SHAPES.find(({ pattern }) => text.search(pattern) >= 0)?.name ?? null;
}

/** A text as it may be kept and shown: without known secrets, and without what looks like one. */
export function withoutSecrets(text: string, known: readonly string[] = []): string {
  return SHAPES.reduce((rest, { pattern }) => rest.replace(pattern, MASK), masked(text, known));
}
