import { randomBytes } from 'node:crypto';
import { BadRequestError } from '../errors.ts';
import type { Alert, Silence } from '../model.ts';
import type { Answer, Change, Control } from '../ports.ts';
import { acknowledgeAlert } from '../route/acknowledge.ts';
import { matchersText } from '../route/matchers.ts';
import { resolveAlert } from '../route/resolve.ts';
import { matcherMistake } from '../route/silence.ts';
import { appendAudit } from '../store/sqlite/audit.ts';
import { documentTable, endedSilences, silenceTable } from '../store/sqlite/documents.ts';
import { routerOf, runRouter } from './routing.ts';
import { contextOf, type Desk } from './desk.ts';
import { loadSituation, saveSituation } from './situation.ts';

type Operating = Pick<
  Control,
  | 'acknowledge'
  | 'resolveAlert'
  | 'silences'
  | 'endedSilences'
  | 'createSilence'
  | 'expireSilence'
  | 'recordErasure'
  | 'recordDeclaration'
>;

/** What people do: take alerts on, end them, silence them, have predictions erased, declare schemas. */
export function operatingMethods(desk: Desk): Operating {
  const { database } = desk;
  return {
    acknowledge: async (input) => desk.transaction(() => decide(desk, input, acknowledgeAlert)),
    resolveAlert: async (input) => desk.transaction(() => decide(desk, input, resolveAlert)),
    silences: async (tenant, nowMs) => silenceTable(database).living(tenant, nowMs),
    endedSilences: async (tenant, nowMs) =>
      endedSilences(database, tenant, { sinceMs: nowMs - ENDED_SHOWN_MS, nowMs }),
    createSilence: async (silence, nowMs) => desk.transaction(() => createSilence(desk, silence, nowMs)),
    expireSilence: async (input) => desk.transaction(() => expireSilence(desk, input)),
    recordErasure: async (input) => desk.transaction(() => recordErasure(desk, input)),
    recordDeclaration: async ({ tenant, model, text, actor, nowMs }) =>
      desk.transaction(() => {
        appendAudit(database, {
          atMs: nowMs,
          actor,
          kind: 'schema_declared',
          tenant,
          subject: model,
          text,
        });
      }),
  };
}

/** As far back as a replay usually looks. */
const ENDED_SHOWN_MS = 28 * 86_400_000;

export function notFound(what: string, id: string): Answer<never> {
  return { ok: false, reason: 'not_found', message: `There is no ${what} ${id}.` };
}

export function isVisible(tenant: string | null, entity: { readonly tenant: string }): boolean {
  return tenant === null || tenant === entity.tenant;
}

function recordErasure(desk: Desk, input: Parameters<Control['recordErasure']>[0]): void {
  const { tenant, model, erased, actor, nowMs } = input;
  const text = `${erased.predictions} predictions and ${erased.labels} labels erased by id`;
  appendAudit(desk.database, { atMs: nowMs, actor, kind: 'rows_erased', tenant, subject: model, text });
}

/** One alert of the caller's, changed by what a person decided. */
function decide(
  desk: Desk,
  input: Parameters<Control['acknowledge']>[0],
  decideOn: typeof acknowledgeAlert | typeof resolveAlert,
): Answer<readonly Change[]> {
  const { alertId, tenant, actor, reason, nowMs } = input;
  const alert = documentTable<Alert>(desk.database, 'alerts').get(alertId);
  if (alert === null || !isVisible(tenant, alert)) return notFound('alert', alertId);
  const before = loadSituation(desk, alert, nowMs);
  const decision = decideOn(before, { alert, actor, reason }, contextOf(desk, nowMs));
  if (!decision.ok) return { ok: false, reason: 'conflict', message: decision.message };
  return { ok: true, value: saveSituation(desk, { before, after: decision.situation }, nowMs) };
}

/** A silence that is wrong in itself is a BadRequestError: no matcher, an unknown one, an end before its beginning. */
const HOUR_MS = 3_600_000;

function createSilence(desk: Desk, input: Omit<Silence, 'id' | 'endToldAtMs'>, nowMs: number): Silence {
  const mistake = matcherMistake(input.matchers);
  if (mistake !== null) throw new BadRequestError(mistake);
  if (input.toMs <= Math.max(input.fromMs, nowMs))
    throw new BadRequestError('A silence must end after it begins and after now.');
  const { longestSilenceMs } = desk.options.settings;
  if (input.toMs - input.fromMs > longestSilenceMs)
    throw new BadRequestError(
      `Expected a silence of at most ${Math.round(longestSilenceMs / HOUR_MS)} h, got ${Math.round((input.toMs - input.fromMs) / HOUR_MS)} h; make a shorter one, or raise longestSilence.`,
    );
  const silence: Silence = { id: `sil_${randomBytes(8).toString('hex')}`, ...input, endToldAtMs: null };
  silenceTable(desk.database).put(silence, silence.fromMs <= nowMs ? 'active' : 'waiting');
  recordSilence(desk, silence, { kind: 'silence_created', actor: silence.author, nowMs });
  return silence;
}

function recordSilence(
  desk: Desk,
  silence: Silence,
  { kind, actor, nowMs }: { readonly kind: string; readonly actor: string; readonly nowMs: number },
): void {
  appendAudit(desk.database, {
    atMs: nowMs,
    actor,
    kind,
    tenant: silence.tenant,
    subject: silence.id,
    text: `${matchersText(silence.matchers)}: ${silence.reason}`,
  });
  const { tenant } = silence;
  routerOf(desk, tenant, nowMs).setSilences(silenceTable(desk.database).living(tenant, nowMs));
  runRouter(desk, tenant, nowMs);
}

function expireSilence(desk: Desk, input: Parameters<Control['expireSilence']>[0]): Answer<Silence> {
  const { id, tenant, actor, nowMs } = input;
  const table = silenceTable(desk.database);
  const silence = table.get(id);
  if (silence === null || !isVisible(tenant, silence)) return notFound('silence', id);
  if (silence.toMs <= nowMs)
    return { ok: false, reason: 'conflict', message: 'The silence has already ended.' };
  const ended: Silence = { ...silence, toMs: nowMs };
  table.put(ended, 'ended');
  recordSilence(desk, ended, { kind: 'silence_expired', actor, nowMs });
  return { ok: true, value: ended };
}
