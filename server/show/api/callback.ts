import { z } from '@hono/zod-openapi';
import { BadRequestError } from '../../errors.ts';
import type { ModelKey } from '../../model.ts';
import type { Settings } from '../../settings.ts';
import { valueOf } from '../answers.ts';
import { rawEndpoint, refuseInvalid, validated } from '../endpoint.ts';
import { typedBy } from '../typed.ts';
import type { ShowOptions } from '../options.ts';
import { idParams, text } from '../schemas/common.ts';
import { run } from '../schemas/incidents.ts';
import { isOf } from '../views/facts.ts';
import { tellRun } from './runs.ts';

const callback = z.strictObject({
  sequence: z.number().int().min(0).max(1_000_000),
  state: z.enum(['accepted', 'training', 'candidate', 'failed']),
  text: text.max(2000).default(''),
});

interface Sent {
  readonly runId: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** The same answer for a run that does not exist and for a wrong signature, so that runs cannot be guessed. */
async function checkSignature(options: ShowOptions, { runId, headers, body }: Sent): Promise<void> {
  const runs = await options.control.runs({ tenant: null });
  const found = runs.find((one) => one.id === runId && one.kind === 'retrain');
  const nowMs = options.realClock.now();
  const secrets = found === undefined ? [] : secretsOf(options.settings, found, nowMs);
  if (!secrets.some((secret) => options.verifyCallback({ headers, body, secret, nowMs }).ok))
    throw new BadRequestError(
      'The signature does not fit. Sign the body with the secret of the receiver (Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature).',
      { status: 401 },
    );
}

/** The secrets that requests to the trainer are signed with; its answers are signed with one of the same. */
function secretsOf({ models, receivers }: Settings, key: ModelKey, nowMs: number): readonly string[] {
  const receiverId = models.find(isOf(key))?.retrain?.receiver;
  const receiver = receivers.find((one) => one.id === receiverId);
  if (receiver?.type !== 'webhook') return [];
  const { secret, previous } = receiver;
  return previous === undefined || nowMs >= previous.untilMs ? [secret] : [secret, previous.secret];
}

function parse(body: string): z.output<typeof callback> {
  const result = callback.safeParse(jsonOf(body));
  if (!result.success) refuseInvalid({ ...result, target: 'json' });
  return result.data as z.output<typeof callback>;
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new BadRequestError('The body is not JSON.', { cause });
  }
}

export const callbackEndpoints = [
  rawEndpoint({
    method: 'post',
    path: '/api/v1/runs/{id}/callback',
    tag: 'Incidents',
    summary: 'The trainer tells how a retraining goes',
    description:
      'Signed as Standard Webhooks with the secret of the receiver. Body: `{sequence, state: accepted | training | candidate | failed, text}`; a repeated sequence changes nothing.',
    access: 'signature',
    params: idParams,
    produces: 'application/json',
    response: run,
    handle: async (c, options) => {
      const { id } = validated<{ readonly id: string }>(c, 'param');
      const body = await c.req.text();
      await checkSignature(options, { runId: id, headers: c.req.header(), body });
      const answer = await options.control.retrainCallback({
        runId: id,
        ...typedBy(c, parse(body), options),
        nowMs: options.clock.now(),
      });
      const changed = valueOf(answer);
      tellRun(options, changed);
      return c.json(changed);
    },
  }),
];
