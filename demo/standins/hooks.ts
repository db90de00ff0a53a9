import { Hono } from 'hono';
import { checkSignature, signed } from '../signature.ts';
import type { Board } from './board.ts';

/** Receivers of signed webhooks: one that keeps what comes, and a trainer that answers a retraining request. */
export interface HookOptions {
  readonly board: Board;
  readonly secret: string;
  readonly now: () => number;
  /** null: the sender signs with the story's time. */
  readonly toleranceMs: number | null;
}

/** POST /hook keeps a notice; POST /train takes a retraining request and calls back. A wrong signature gets 401. */
export function hooks(options: HookOptions): Hono {
  const app = new Hono();
  const seen = new Set<string>();
  const received = (path: string, keep: (id: string, body: Body) => void) =>
    app.post(path, async (c) => {
      const text = await c.req.text();
      const { secret, toleranceMs } = options;
      const check = checkSignature(c.req.raw.headers, text, { secret, toleranceMs, nowMs: options.now() });
      if (!check.ok) return c.json({ error: `Not accepted: ${check.reason}.` }, 401);
      // The same id comes again when the sender did not hear the first answer.
      if (!seen.has(check.id)) keep(check.id, JSON.parse(text) as Body);
      seen.add(check.id);
      return c.json({ received: true });
    });
  received('/hook', (id, body) => keepNotice(options.board, id, body));
  received('/train', (id, body) => void train(options, id, body));
  return app;
}

/** `{type, timestamp, data}` as Standard Webhooks wants it. */
interface Body {
  readonly type?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

function keepNotice(board: Board, id: string, body: Body): void {
  const title = typeof body.data?.['title'] === 'string' ? body.data['title'] : (body.type ?? 'notice');
  const text = Object.entries(body.data ?? {})
    .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
    .map(([key, value]) => `${key}: ${String(value)}`)
    .join('\n');
  board.add({ channel: 'webhook', id, title, text: `Signature verified\n${text}`, thread: null });
}

const CALLBACKS = [
  { state: 'accepted', text: 'The training request is queued.' },
  { state: 'training', text: 'Training on the requested range.' },
  { state: 'candidate', text: 'A candidate is ready for the validation gate.' },
] as const;

/** Tells the sender how the training goes, in order, each call signed like the request. */
async function train({ board, secret, now }: HookOptions, id: string, body: Body): Promise<void> {
  const { callbackUrl, runId, model } = body.data ?? {};
  const told: string[] = [];
  if (typeof callbackUrl === 'string') {
    for (const [index, { state, text }] of CALLBACKS.entries()) {
      const request = signed(
        { sequence: index + 1, state, text },
        { id: `${id}-${index + 1}`, atMs: now(), secret },
      );
      const answer = await fetch(callbackUrl, {
        method: 'POST',
        headers: request.headers,
        body: request.body,
      }).catch(() => null);
      told.push(`${state}: ${answer === null ? 'no answer' : `answered ${answer.status}`}`);
    }
  }
  const title = `asked to train ${String(model)} (run ${String(runId)})`;
  board.add({ channel: 'trainer', id, title, text: told.join('\n'), thread: null });
}
