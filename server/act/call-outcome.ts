import { BadRequestError } from '../errors.ts';
import type { DeliveryOutcome } from '../model.ts';
import { NotSentError } from './not-sent.ts';
import { failed, outcomeOfError, retry } from './outcome.ts';

export function unknown(detail: string): DeliveryOutcome {
  return { kind: 'unknown', detail };
}

/** What a call by the guarded `fetch` that ended in an exception means: refused, did not leave, or may have arrived. */
export function outcomeOfCall(error: unknown, target: string): DeliveryOutcome {
  if (error instanceof BadRequestError) return failed(error.message);
  if (error instanceof NotSentError) return retry(`${target}: ${whyNot(error)}`);
  const { detail } = outcomeOfError(error, target);
  return unknown(`${detail.replace('no connection', 'the connection was lost')}; it may have arrived`);
}

function whyNot(error: NotSentError): string {
  const cause = error.cause as { readonly code?: unknown; readonly message?: unknown } | undefined;
  if (typeof cause?.code === 'string') return `no connection (${cause.code})`;
  return error.message;
}
