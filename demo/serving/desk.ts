import { LATE, ON_TIME, type ServedModel } from '../models/catalog.ts';
import { LATE_AFTER_MINUTES } from '../models/train.ts';
import type { Region } from '../regions.ts';
import type { Connection, ServedCounts } from './calls.ts';
import { labelEvent } from './events.ts';
import { referenceEvent, serveInstance, type Deployed, type Instance, type Served } from './service.ts';
import { createShipper, type Shipper } from './shipper.ts';

/** The serving process's state: which version answers, where it ships to, and how much it did. */

export interface Outcome {
  readonly id: string;
  readonly delayMinutes: number;
  readonly knownAtMs: number;
}

export interface Desk {
  readonly connect: (connection: Connection) => void;
  readonly predict: (model: string, instances: readonly Instance[]) => Promise<Prediction | null>;
  /** Ships what became of earlier predictions; null for an unknown model. */
  readonly settle: (model: string, outcomes: readonly Outcome[]) => Promise<number | null>;
  readonly shipReference: (instances: readonly Instance[]) => Promise<void>;
  readonly deploy: (model: string, version: string) => Deployment;
  readonly models: () => readonly Deployed[];
  readonly flush: () => Promise<void>;
  readonly counts: () => readonly ServedCounts[];
  readonly close: () => Promise<void>;
}

export interface Prediction {
  readonly version: string;
  readonly predictions: readonly Served[];
}

export type Deployment =
  | { readonly ok: true; readonly version: string; readonly previous: string }
  | { readonly ok: false; readonly message: string };

interface Counter {
  deployed: Deployed;
  shipper: Shipper | null;
  predictions: number;
  reference: number;
  labels: number;
  errors: number;
}

export function createDesk(models: readonly ServedModel[], regions: ReadonlyMap<string, Region>): Desk {
  const counters = new Map(models.map((model): [string, Counter] => [model.model, freshCounter(model)]));
  const options = { regions, stopwatch: () => performance.now() };
  const all = () => [...counters.values()];
  const shippers = () => all().flatMap(({ shipper }) => (shipper === null ? [] : [shipper]));
  return {
    connect: (connection) => {
      for (const counter of counters.values()) counter.shipper = shipperTo(connection, counter);
    },
    predict: async (model, instances) => {
      const counter = counters.get(model);
      return counter === undefined ? null : predictAll(counter, instances, options);
    },
    settle: async (model, outcomes) => {
      const counter = counters.get(model);
      return counter === undefined ? null : settleAll(counter, outcomes);
    },
    shipReference: async (instances) => {
      for (const counter of counters.values()) await shipReference(counter, instances, regions);
    },
    deploy: (model, version) => deployTo(counters, model, version),
    models: () => all().map(({ deployed }) => deployed),
    flush: async () => void (await Promise.all(shippers().map((shipper) => shipper.flush()))),
    counts: () => all().flatMap(countsOf),
    close: async () => void (await Promise.all(shippers().map((shipper) => shipper.close()))),
  };
}

function freshCounter(model: ServedModel): Counter {
  const active = model.versions[0];
  if (active === undefined) throw new Error(`Model ${model.model} has no version to serve.`);
  return { deployed: { model, active }, shipper: null, predictions: 0, reference: 0, labels: 0, errors: 0 };
}

function shipperTo(connection: Connection, { deployed }: Counter): Shipper {
  const apiKey = connection.apiKeys[deployed.model.tenant];
  if (apiKey === undefined)
    throw new Error(`Expected an ingest key for tenant ${deployed.model.tenant}; none came.`);
  return createShipper({ otlpUrl: connection.otlpUrl, apiKey, serviceName: 'flight-predictions' });
}

function connected({ shipper, deployed }: Counter): Shipper {
  if (shipper === null)
    throw new Error(`Model ${deployed.model.model} is not connected to Leeway; call connect first.`);
  return shipper;
}

async function predictAll(
  counter: Counter,
  instances: readonly Instance[],
  options: { readonly regions: ReadonlyMap<string, Region>; readonly stopwatch: () => number },
): Promise<Prediction> {
  const shipper = connected(counter);
  await shipper.room(instances.length);
  const predictions = instances.map((instance) => {
    const { served, event } = serveInstance(counter.deployed, instance, options);
    shipper.emit(event);
    if (served.error !== null) counter.errors += 1;
    return served;
  });
  counter.predictions += predictions.length;
  return { version: counter.deployed.active.version, predictions };
}

async function settleAll(counter: Counter, outcomes: readonly Outcome[]): Promise<number> {
  const shipper = connected(counter);
  await shipper.room(outcomes.length);
  const { model } = counter.deployed.model;
  const isClassifier = counter.deployed.model.task === 'binary';
  for (const { id, delayMinutes, knownAtMs } of outcomes) {
    const lateness = delayMinutes > LATE_AFTER_MINUTES ? LATE : ON_TIME;
    shipper.emit(labelEvent({ model, id, atMs: knownAtMs, value: isClassifier ? lateness : delayMinutes }));
  }
  counter.labels += outcomes.length;
  return outcomes.length;
}

const REFERENCE_CHUNK = 8192;

async function shipReference(
  counter: Counter,
  instances: readonly Instance[],
  regions: ReadonlyMap<string, Region>,
): Promise<void> {
  const shipper = connected(counter);
  for (let from = 0; from < instances.length; from += REFERENCE_CHUNK) {
    const chunk = instances.slice(from, from + REFERENCE_CHUNK);
    await shipper.room(chunk.length);
    for (const instance of chunk) shipper.emit(referenceEvent(counter.deployed, instance, regions));
    counter.reference += chunk.length;
  }
}

function deployTo(counters: ReadonlyMap<string, Counter>, model: string, version: string): Deployment {
  const counter = counters.get(model);
  if (counter === undefined) return { ok: false, message: `No model ${model} is served here.` };
  const { versions } = counter.deployed.model;
  const next = versions.find((served) => served.version === version);
  if (next === undefined) {
    const known = versions.map((served) => served.version).join(', ');
    return { ok: false, message: `Model ${model} has the versions ${known}; ${version} is none of them.` };
  }
  const previous = counter.deployed.active.version;
  counter.deployed = { ...counter.deployed, active: next };
  return { ok: true, version, previous };
}

function countsOf({
  deployed,
  shipper,
  predictions,
  reference,
  labels,
  errors,
}: Counter): readonly ServedCounts[] {
  if (shipper === null) return [];
  const { tenant, model } = deployed.model;
  return [{ tenant, model, predictions, reference, labels, errors, shipping: shipper.counts() }];
}
