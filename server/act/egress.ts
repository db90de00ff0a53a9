import { BadRequestError } from '../errors.ts';
import type { EgressSettings } from '../settings.ts';
import { connectedFetch } from './connected-fetch.ts';

/** An answer is read up to here; what follows is of no use to us and would be theirs to fill our memory with. */
const MAX_ANSWER_BYTES = 64 * 1024;
const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };
/** Answers of these statuses have no body, and `Response` refuses one. */
const WITHOUT_BODY = new Set([101, 103, 204, 205, 304]);
/** What a call may say of itself; whatever else a library adds does not leave. */
const HEADERS =
  /^(accept|authorization|content-type|idempotency-key|user-agent|webhook-(id|timestamp|signature))$/;

/** What one tenant's calls may reach. */
export type EgressPolicy = Omit<EgressSettings, 'tenants'>;

export function policyFor(egress: EgressSettings, tenant: string): EgressPolicy {
  const { tenants, ...policy } = egress;
  const own = Object.hasOwn(tenants, tenant) ? (tenants[tenant] ?? []) : [];
  return { ...policy, allow: [...policy.allow, ...own] };
}

/**
 * The one `fetch` for calls to addresses of users' choosing: hosts and ports of the egress list only, TLS unless the list says
 * http, no credentials in the URL, no redirects, few headers, answers cut at 64 kB. Its connections are made by `connectTo`,
 * which judges the addresses behind the names. A refused call rejects with BadRequestError, one that did not leave with
 * NotSentError; any other rejection means that it may have arrived.
 */
export function guardedFetch({
  egress,
  fetch = connectedFetch(egress),
}: {
  readonly egress: EgressPolicy;
  /** Instead of the guarded connector. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}): typeof globalThis.fetch {
  return async (input, init) => {
    const url = urlOf(input);
    assertPlainHttp(url);
    assertAllowed(
      {
        host: url.hostname,
        port: url.port || (DEFAULT_PORTS[url.protocol] ?? ''),
        isPlain: url.protocol === 'http:',
      },
      egress,
    );
    // The signal goes on by itself: one that follows another through copies of a Request is lost with them.
    const { signal, ...rest } = init ?? {};
    const request = withFewHeaders(new Request(input, { ...rest, redirect: 'manual' }));
    const response = await fetch(request, signal ? { signal } : {});
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

function withFewHeaders(request: Request): Request {
  const headers = new Headers([...request.headers].filter(([name]) => HEADERS.test(name)));
  return new Request(request, { headers });
}

export interface Endpoint {
  readonly host: string;
  readonly port: string;
  /** Without TLS, where TLS is asked for. */
  readonly isPlain: boolean;
}

/** Throws BadRequestError unless an entry of the egress list names the endpoint; see `EgressSettings`. */
export function assertAllowed(
  endpoint: Endpoint,
  { allow, ports }: Pick<EgressPolicy, 'allow' | 'ports'>,
): void {
  const host = endpoint.host.toLowerCase().replace(/\.$/, '');
  const wanted = { ...endpoint, host };
  if (allow.some((entry) => covers(entry.toLowerCase(), wanted, ports))) return;
  const address = `${host}:${endpoint.port}`;
  if (
    endpoint.isPlain &&
    allow.some((entry) => covers(entry.toLowerCase(), { ...wanted, isPlain: false }, ports))
  )
    throw new BadRequestError(
      `${address} may only be called with https; write "http://${address}" in egress.allow if it has to be without`,
    );
  throw new BadRequestError(
    `${address} is not in the list of hosts Leeway may call; add "${endpoint.isPlain ? 'http://' : ''}${address}" to egress.allow`,
  );
}

function covers(entry: string, { host, port, isPlain }: Endpoint, ports: readonly number[]): boolean {
  const match = /^(?<plain>http:\/\/)?(?<name>\[[^\]]*\]|[^:/]*)(?::(?<port>\d+|\*))?$/.exec(entry);
  const { plain, name, port: named } = match?.groups ?? {};
  if (name === undefined || (isPlain && plain === undefined)) return false;
  const portFits = named === undefined ? ports.includes(Number(port)) : named === '*' || named === port;
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
