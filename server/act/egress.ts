import { BadRequestError } from '../errors.ts';

/** An answer is read up to here; what follows is of no use to us and would be theirs to fill our memory with. */
const MAX_ANSWER_BYTES = 64 * 1024;
const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };
/** Answers of these statuses have no body, and `Response` refuses one. */
const WITHOUT_BODY = new Set([101, 103, 204, 205, 304]);

/**
 * The one `fetch` for calls to addresses of users' choosing: http and https, no credentials in the URL, hosts of the
 * egress list only, no redirects, answers cut at 64 kB. A refused call rejects with BadRequestError.
 *
 * The list is compared with the name in the URL. What that name resolves to is not looked at: a connector that judges
 * addresses, for operators who list names they do not control, is still to come.
 */
export function guardedFetch(options: {
  readonly allow: readonly string[];
  readonly fetch: typeof fetch;
}): typeof fetch {
  return async (input, init) => {
    const url = urlOf(input);
    assertPlainHttp(url);
    assertAllowed(
      { host: url.hostname, port: url.port || (DEFAULT_PORTS[url.protocol] ?? '') },
      options.allow,
    );
    const response = await options.fetch(input, { ...init, redirect: 'manual' });
    if (isRedirect(response)) {
      await response.body?.cancel();
      throw new BadRequestError(
        `${url.host} answered with a redirect (${response.status}); redirects are not followed, set the final address`,
      );
    }
    return cut(response);
  };
}

function urlOf(input: Parameters<typeof fetch>[0]): URL {
  return new URL(input instanceof Request ? input.url : input);
}

function assertPlainHttp(url: URL): void {
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new BadRequestError(`Expected an http or https address, got the scheme ${url.protocol}`);
  if (url.username !== '' || url.password !== '')
    throw new BadRequestError(`Expected an address without credentials in it, got one for ${url.host}`);
}

export interface Endpoint {
  readonly host: string;
  readonly port: string;
}

/**
 * Throws BadRequestError unless the egress list names the endpoint. An entry is `host` (every port), `host:port`,
 * `*.example.com` (every name below it) or `*` (everything); IPv6 in brackets.
 */
export function assertAllowed(endpoint: Endpoint, allow: readonly string[]): void {
  const host = endpoint.host.toLowerCase().replace(/\.$/, '');
  if (allow.some((entry) => covers(entry.toLowerCase(), { host, port: endpoint.port }))) return;
  throw new BadRequestError(
    `${host}:${endpoint.port} is not in the list of hosts Leeway may call; add "${host}:${endpoint.port}" to egress.allow`,
  );
}

function covers(entry: string, { host, port }: Endpoint): boolean {
  const match = /^(?<name>\[[^\]]*\]|[^:]*)(?::(?<port>\d+))?$/.exec(entry);
  const name = match?.groups?.['name'];
  if (name === undefined) return false;
  const portFits = match?.groups?.['port'] === undefined || match.groups['port'] === port;
  const nameFits = name === '*' || name === host || (name.startsWith('*.') && host.endsWith(name.slice(1)));
  return portFits && nameFits;
}

function isRedirect(response: Response): boolean {
  return response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400);
}

async function cut(response: Response): Promise<Response> {
  const { status, statusText, headers } = response;
  const body = WITHOUT_BODY.has(status) ? null : await readUpTo(response, MAX_ANSWER_BYTES);
  return new Response(body, { status, statusText, headers });
}

async function readUpTo(response: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the stream, which closes the connection.
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= maxBytes) break;
  }
  return new Uint8Array(Buffer.concat(chunks).subarray(0, maxBytes));
}
