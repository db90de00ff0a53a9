import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { BadRequestError } from '../../errors.ts';
import type { Silence } from '../../model.ts';
import { matchesAll } from '../../route/matchers.ts';
import type { Matcher } from '../../settings.ts';
import { tenantFor } from '../access.ts';
import { announce, valueOf } from '../answers.ts';
import type { ShowEnv, ShowOptions } from '../options.ts';
import { notFound } from '../problems.ts';
import { typedBy } from '../typed.ts';
import { duration } from '../views/words.ts';
import { matcherOf, silenceView, type SilenceView } from '../views/alertmanager.ts';
import { filterOf } from './alertmanager-alerts.ts';

/** GET /api/v2/silences: those in force, to come, and ended of late. What a silence asks for is held against the filter as labels are. */
export async function listSilences(
  c: Context<ShowEnv>,
  options: ShowOptions,
): Promise<readonly SilenceView[]> {
  const filter = filterOf(c);
  const rank = { active: 0, pending: 1, expired: 2 };
  return (await silencesOf(c, options))
    .map((silence) => viewOf(silence, options))
    .filter(({ matchers }) =>
      matchesAll(filter, Object.fromEntries(matchers.map(({ name, value }) => [name, value]))),
    )
    .toSorted(
      (first, second) => rank[first.status.state] - rank[second.status.state] || byEnd(first, second),
    );
}

/** What ends next first; of what has ended, what ended last. */
function byEnd(first: SilenceView, second: SilenceView): number {
  const earlier = first.endsAt < second.endsAt ? -1 : 1;
  return first.status.state === 'expired' ? -earlier : earlier;
}

/** GET /api/v2/silence/{id}. */
export async function showSilence(c: Context<ShowEnv>, options: ShowOptions): Promise<SilenceView> {
  return viewOf(await silenceOf(c, options, c.req.param('id') ?? ''), options);
}

async function silencesOf(c: Context<ShowEnv>, options: ShowOptions): Promise<readonly Silence[]> {
  const { tenant } = c.get('caller').principal;
  const nowMs = options.clock.now();
  const both = await Promise.all([
    options.control.silences(tenant, nowMs),
    options.control.endedSilences(tenant, nowMs),
  ]);
  return both.flat();
}

async function silenceOf(c: Context<ShowEnv>, options: ShowOptions, id: string): Promise<Silence> {
  const found = (await silencesOf(c, options)).find((silence) => silence.id === id);
  if (found === undefined) throw notFound(`silence ${id}`);
  return found;
}

function viewOf(silence: Silence, { clock }: ShowOptions): SilenceView {
  return silenceView({ ...silence, matchers: silence.matchers }, clock.now());
}

const instant = z.iso.datetime({ offset: true, error: 'expected a time such as 2026-12-25T10:00:00Z' });
const text = z.string().max(1000);
const postable = z.object({
  id: z.string().optional(),
  matchers: z
    .array(
      z.object({
        name: z.string().min(1).max(200),
        value: text,
        isRegex: z.boolean(),
        isEqual: z.boolean().optional(),
      }),
    )
    .min(1, 'expected at least one matcher')
    .max(50),
  startsAt: instant,
  endsAt: instant,
  createdBy: text,
  comment: text.refine((comment) => comment.trim() !== '', 'expected why, in words'),
});

/** POST /api/v2/silences. One with an id takes the place of that silence, if it has not ended: the new one stands before it does. */
export async function makeSilence(
  c: Context<ShowEnv>,
  options: ShowOptions,
): Promise<{ readonly silenceID: string }> {
  const body = typedBy(c, await bodyOf(c), options);
  const before = body.id === undefined || body.id === '' ? null : await silenceOf(c, options, body.id);
  const nowMs = options.clock.now();
  const made = await options.control.createSilence(newSilence(c, options, { ...body, nowMs }), nowMs);
  tell(options, made, `Silenced by ${made.author}: ${made.reason}`);
  if (before !== null && before.toMs > nowMs) await expire(c, options, before.id);
  return { silenceID: made.id };
}

async function bodyOf(c: Context<ShowEnv>): Promise<z.output<typeof postable>> {
  // Another type could be sent by a foreign page with the password a browser keeps.
  if (!/^application\/json\b/i.test(c.req.header('content-type') ?? ''))
    throw new BadRequestError('Expected a body of the type application/json.', { status: 415 });
  const parsed = postable.safeParse(await c.req.json().catch(() => null));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new BadRequestError(`Field "${issue?.path.join('.')}": ${issue?.message}`);
}

function newSilence(
  c: Context<ShowEnv>,
  { settings }: ShowOptions,
  body: z.output<typeof postable> & { readonly nowMs: number },
): Omit<Silence, 'id' | 'endToldAtMs'> {
  const { principal } = c.get('caller');
  const matchers = body.matchers.map(matcherOf);
  const asked = matchers.find(({ name, op }) => name === 'tenant' && op === '=')?.value;
  const [fromMs, toMs] = [Math.max(body.nowMs, Date.parse(body.startsAt)), Date.parse(body.endsAt)];
  if (toMs - fromMs > settings.longestSilenceMs)
    throw new BadRequestError(
      `A silence lasts at most ${duration(settings.longestSilenceMs)} (longestSilence); asked for ${duration(toMs - fromMs)}.`,
    );
  return {
    tenant: tenantFor(principal, asked),
    matchers: toStored(matchers),
    fromMs,
    toMs,
    // The name is free text there; the key is what is known.
    author: body.createdBy === '' ? principal.name : `${body.createdBy} (${principal.name})`,
    reason: body.comment,
  };
}

/** DELETE /api/v2/silence/{id}. */
export async function endSilence(c: Context<ShowEnv>, options: ShowOptions): Promise<null> {
  await expire(c, options, c.req.param('id') ?? '');
  return null;
}

async function expire(c: Context<ShowEnv>, options: ShowOptions, id: string): Promise<void> {
  const { tenant, name: actor } = c.get('caller').principal;
  const nowMs = options.clock.now();
  const ended = valueOf(await options.control.expireSilence({ id, tenant, actor, nowMs }));
  tell(options, ended, `Silence ended by ${actor}`);
}

function tell(options: ShowOptions, silence: Silence, words: string): void {
  const model = silence.matchers.find(({ name, op }) => name === 'model' && op === '=')?.value ?? null;
  announce(options, [{ kind: 'silence', tenant: silence.tenant, model, id: silence.id, text: words }]);
}

/** Silences are of one tenant anyway, and of all rules by the name that routes know them by. */
function toStored(matchers: readonly Matcher[]): Silence['matchers'] {
  return matchers.filter(({ name, op }) => name !== 'tenant' || op !== '=');
}
