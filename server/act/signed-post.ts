import type { DeliveryOutcome } from '../model.ts';
import { outcomeOfError, outcomeOfStatus } from './outcome.ts';
import { signatureHeaders } from './sign.ts';

const TIMEOUT_MS = 15_000;

export interface SignedPost {
  readonly url: string;
  /** Same on every retry. */
  readonly id: string;
  readonly body: unknown;
  readonly secret: string;
  /** Guarded. */
  readonly fetch: typeof fetch;
  /** Wall time, ms. */
  readonly now: () => number;
  readonly timeoutMs?: number;
}

/** POSTs `body` as JSON with a Standard Webhooks signature. Never rejects. */
export async function signedPost(post: SignedPost): Promise<DeliveryOutcome> {
  const host = hostOf(post.url);
  try {
    const body = JSON.stringify(post.body);
    const response = await post.fetch(post.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'leeway',
        ...signatureHeaders({ id: post.id, body, secret: post.secret, nowMs: post.now() }),
      },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(post.timeoutMs ?? TIMEOUT_MS),
    });
    const retryAfter = response.headers.get('retry-after');
    return outcomeOfStatus({ host, status: response.status, retryAfter, nowMs: post.now() });
  } catch (error) {
    return outcomeOfError(error, host);
  }
}

/** The path may hold a token, so only the host is told. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'the address';
}
