import type { DeliveryOutcome } from '../model.ts';
import { errorInBody } from './answer-body.ts';
import { outcomeOfCall } from './call-outcome.ts';
import { outcomeOfStatus, sent } from './outcome.ts';
import { signatureHeaders } from './sign.ts';

const TIMEOUT_MS = 15_000;

export interface SignedPost {
  readonly url: string;
  /** Same on every retry. */
  readonly id: string;
  readonly body: unknown;
  /** One signature each; receivers accept any they know. */
  readonly secrets: readonly string[];
  /** Guarded. */
  readonly fetch: typeof fetch;
  /** Wall time, ms. */
  readonly now: () => number;
  readonly timeoutMs?: number;
}

/**
 * POSTs `body` as JSON with Standard Webhooks signatures. Never rejects. Success is a 2xx status, as the standard has it; what
 * such an answer complains about in its body is told beside it.
 */
export async function signedPost(post: SignedPost): Promise<DeliveryOutcome> {
  const host = hostOf(post.url);
  try {
    const body = JSON.stringify(post.body);
    const response = await post.fetch(post.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'leeway',
        ...signatureHeaders({ id: post.id, body, secrets: post.secrets, nowMs: post.now() }),
      },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(post.timeoutMs ?? TIMEOUT_MS),
    });
    const { status } = response;
    const retryAfter = response.headers.get('retry-after');
    const outcome = outcomeOfStatus({ host, status, retryAfter, nowMs: post.now() });
    const complaint = outcome.kind === 'sent' ? errorInBody(await response.text()) : null;
    return complaint === null ? outcome : sent(`${outcome.detail}, but its body says: ${complaint}`);
  } catch (error) {
    return outcomeOfCall(error, host);
  }
}

/** The path may hold a token, so only the host is told. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'the address';
}
