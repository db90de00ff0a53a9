import type { Alert, Delivery, DeliveryOutcome, Notice } from '../model.ts';
import type { ReceiverSettings, Settings } from '../settings.ts';
import { guardedFetch, policyFor } from './egress.ts';
import type { TemplateFailure } from './own-words.ts';
import { receivers, secretsOf } from './receivers.ts';

/** A notice that says it is a test, through the real receiver. */

/** The tenant and the model of test notices: nobody's. */
const NOBODY = { tenant: 'leeway', model: 'test' };
const LIVES_MS = 60_000;

export interface ReceiverTestOptions {
  readonly receiver: ReceiverSettings;
  readonly settings: Pick<Settings, 'receivers' | 'egress' | 'publicUrl'>;
  /** Who asked, for those who read it. */
  readonly actor: string;
  /** Wall time, ms. */
  readonly nowMs: number;
  /** Of the request; makes its notices' ids. */
  readonly id: string;
}

/** Sends one test notice, and ends it where the other side would keep it open. Never rejects, never tries again. */
export async function testReceiver(
  options: ReceiverTestOptions,
): Promise<Pick<DeliveryOutcome, 'detail'> & { readonly result: DeliveryOutcome['kind'] }> {
  const failures: TemplateFailure[] = [];
  const context = {
    ...options,
    onTemplateFailure: (failure: TemplateFailure) => void failures.push(failure),
  };
  const first = await deliver(context, noticeOf(options, 'firing'));
  if (first.kind !== 'sent' || !KEEPS_OPEN.has(options.receiver.type)) return told(first, failures);
  return told(await deliver(context, noticeOf(options, 'resolved')), failures);
}

const KEEPS_OPEN = new Set<ReceiverSettings['type']>(['alertmanager', 'pagerduty']);

function told({ kind, detail }: DeliveryOutcome, failures: readonly TemplateFailure[]) {
  const failed = failures.map(
    ({ template, problem, place }) => `; the template ${template} failed at ${place} (${problem})`,
  );
  return { result: kind, detail: [detail, ...failed].join('') };
}

interface Testing extends ReceiverTestOptions {
  readonly onTemplateFailure: (failure: TemplateFailure) => void;
}

async function deliver(options: Testing, payload: Notice): Promise<DeliveryOutcome> {
  const { receiver, settings, nowMs, onTemplateFailure } = options;
  const part = receivers.find(({ type }) => type === receiver.type);
  if (part === undefined) return { kind: 'failed', detail: `There is no receiver of type ${receiver.type}.` };
  const egress = policyFor(settings.egress, NOBODY.tenant);
  const delivery: Delivery = {
    id: payload.id,
    receiver: receiver.id,
    kind: 'notice',
    payload,
    attempt: 1,
    state: 'leased',
    dueAtMs: nowMs,
    expiresAtMs: nowMs + LIVES_MS,
    mayRepeat: false,
    thread: null,
  };
  const secrets = secretsOf(settings);
  const context = { settings: receiver, egress, secrets, onTemplateFailure, now: Date.now };
  return part.deliver(delivery, { ...context, fetch: guardedFetch({ egress }) });
}

function noticeOf(options: ReceiverTestOptions, state: Alert['state']): Notice {
  const { receiver, settings, actor, nowMs, id } = options;
  const alert = alertOf(options, state);
  return {
    ...NOBODY,
    id: `test_${id}_${state}`,
    receiver: receiver.id,
    reason: state === 'firing' ? 'first' : 'all_resolved',
    severity: 'ticket',
    incidentId: null,
    labels: { ...NOBODY, test: id },
    title: `Test of the receiver ${receiver.id}`,
    cause: null,
    isQuiet: false,
    digest: null,
    omitted: 0,
    url: settings.publicUrl,
    atMs: nowMs,
    firing: state === 'firing' ? [alert] : [],
    resolved: state === 'firing' ? [] : [alert],
    believed: state === 'firing' ? { [alert.id]: alert.severity } : {},
    update: `Asked for by ${actor}.`,
  };
}

function alertOf({ receiver, actor, nowMs, id }: ReceiverTestOptions, state: Alert['state']): Alert {
  return {
    ...NOBODY,
    id: `test_${id}`,
    rule: 'leeway-test',
    subject: receiver.id,
    episode: 1,
    state,
    severity: 'ticket',
    startedAtMs: nowMs,
    resolvedAtMs: state === 'firing' ? null : nowMs,
    summary: 'This is a test: nothing is wrong and nothing is to be done',
    value: null,
    peak: null,
    evidence: { text: `${actor} asked Leeway to show that this receiver can be told.` },
    labels: { ...NOBODY, rule: 'leeway-test', subject: receiver.id, kind: 'test' },
    acknowledgedBy: null,
    acknowledgedUntilMs: null,
    silencedBy: null,
    inhibitedBy: null,
    recoversAtMs: null,
    opened: 1,
    incidentId: null,
  };
}
