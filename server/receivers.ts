import { randomUUID } from 'node:crypto';
import { assertAllowed, policyFor } from './act/egress.ts';
import { secretsOf } from './act/receivers.ts';
import { publicKeyOf } from './act/signing-keys.ts';
import { endpointOf, endpointOfUrl, targetOf } from './act/targets.ts';
import { testReceiver } from './act/test-notice.ts';
import { signingForms } from './act/webhook.ts';
import { BadRequestError } from './errors.ts';
import { matchesAll } from './route/matchers.ts';
import type { ReceiverSettings, RouteSettings, Settings } from './settings.ts';
import type { ReceiverDesk } from './show/options.ts';
import type { ReceiverEntry } from './show/types/receivers.ts';

/** What people see of receivers, and the test of one. */

type DeskSettings = Pick<Settings, 'receivers' | 'egress' | 'publicUrl' | 'route' | 'models'>;

/** Tests happen in wall time, whatever the appliance's clock says. */
export function receiverDesk(settings: DeskSettings): ReceiverDesk {
  const seenBy = (tenant: string | null) => {
    const ids = tenant === null ? null : reachedFrom(settings, tenant);
    return settings.receivers.filter(({ id }) => ids === null || ids.has(id));
  };
  return {
    list: (tenant) => seenBy(tenant).map(entryOf),
    test: async ({ id, tenant, actor }) => {
      const receiver = seenBy(tenant).find((one) => one.id === id);
      if (receiver === undefined) return null;
      return testReceiver({ receiver, settings, actor, nowMs: Date.now(), id: randomUUID() });
    },
  };
}

/** Every secret that the configuration has read. */
export function everySecret(settings: Settings): readonly string[] {
  const { models, pii = [], heartbeat } = settings;
  return [
    ...secretsOf(settings),
    ...models.flatMap(({ rollback }) => (rollback === null ? [] : signingForms(rollback.secret))),
    ...pii.flatMap(({ key }) => key ?? []),
    ...(heartbeat === undefined ? [] : [heartbeat.url]),
  ];
}

export function entryOf(settings: ReceiverSettings): ReceiverEntry {
  const { id, type } = settings;
  const publicKey = type === 'webhook' ? publicKeyOf(settings.secret) : null;
  return { id, type, target: targetOf(settings), publicKey };
}

/** Receivers that alerts of a tenant may come to: a route is left out only by what it asks of the tenant. */
function reachedFrom({ route, models }: DeskSettings, tenant: string): ReadonlySet<string> {
  const trained = models
    .filter((model) => model.tenant === tenant)
    .flatMap(({ retrain }) => retrain?.receiver ?? []);
  return new Set([...trained, ...receiversIn(route, tenant)]);
}

function receiversIn(route: RouteSettings, tenant: string): readonly string[] {
  const aboutTenant = route.matchers.filter(({ name }) => name === 'tenant');
  if (!matchesAll(aboutTenant, { tenant })) return [];
  const { receivers, fallback, escalate, routes } = route;
  return [
    ...receivers,
    ...fallback,
    ...escalate.flatMap((step) => step.receivers),
    ...routes.flatMap((child) => receiversIn(child, tenant)),
  ];
}

/** Calls that the configuration asks for and that egress would refuse by name, in words. */
export function refusedCalls({ receivers, models, egress }: Settings): readonly string[] {
  const anybody = { ...egress, allow: [...egress.allow, ...Object.values(egress.tenants).flat()] };
  const ofReceivers = receivers.flatMap((receiver) =>
    refusal(`receiver ${receiver.id}`, () => assertAllowed(endpointOf(receiver), anybody)),
  );
  const ofRollbacks = models.flatMap(({ tenant, model, rollback }) =>
    rollback === null
      ? []
      : refusal(`rollback of ${tenant}/${model}`, () =>
          assertAllowed(endpointOfUrl(rollback.url), policyFor(egress, tenant)),
        ),
  );
  return [...ofReceivers, ...ofRollbacks, ...unansweredTrainers({ receivers, models })];
}

function refusal(what: string, check: () => void): readonly string[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof BadRequestError)) throw error;
    return [`${what}: ${error.message}`];
  }
}

/** A trainer signs its callbacks with the secret it was asked with, and a private key is ours alone. */
function unansweredTrainers({
  receivers,
  models,
}: Pick<Settings, 'receivers' | 'models'>): readonly string[] {
  const trainers = new Set(models.flatMap(({ retrain }) => retrain?.receiver ?? []));
  return receivers.flatMap((receiver) =>
    receiver.type === 'webhook' && trainers.has(receiver.id) && publicKeyOf(receiver.secret) !== null
      ? [
          `receiver ${receiver.id}: a trainer cannot sign its callbacks with a whsk_ key; give it a whsec_ secret`,
        ]
      : [],
  );
}
