import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Declaration, FeatureDeclaration } from '../../../../server/model.ts';
import type { Telemetry } from '../../../../server/ports.ts';
import type { ModelSettings } from '../../../../server/settings.ts';
import { buildTelemetry } from '../../../../server/worker.ts';
import { encode } from '../../ingest/support.ts';
import type { Attributes } from '../../ingest/support.ts';
import { DAY_MS, jsonRequest, KEY, LIMITS, MODEL, NOW, scratch, sendPredictions } from './support.ts';

let home: ReturnType<typeof scratch>;
let telemetry: Telemetry;
let models: readonly ModelSettings[];

const open = () => buildTelemetry({ folder: home.folder, limits: LIMITS, models, startedAtMs: NOW });

beforeEach(async () => {
  home = scratch();
  models = [MODEL];
  telemetry = await open();
});
afterEach(async () => {
  await telemetry.close();
  home.remove();
});

async function restart(schema?: Declaration): Promise<void> {
  await telemetry.close();
  models = [{ ...MODEL, ...(schema !== undefined && { schema }) }];
  telemetry = await open();
}

const feature = (given: Partial<FeatureDeclaration>): FeatureDeclaration => ({
  kind: null,
  min: null,
  max: null,
  categories: null,
  protected: false,
  ...given,
});
const NUMBER = feature({ kind: 'number' });
const CATEGORY = feature({ kind: 'category' });

const byApi = (features: Declaration, nowMs = NOW) => telemetry.declareSchema({ key: KEY, features, nowMs });

function byEvent(features: Attributes, receivedAtMs = NOW) {
  const attributes = { 'leeway.model.name': KEY.model, 'leeway.model.features': features };
  const body = encode({ records: [{ event: 'leeway.model.schema', timeMs: receivedAtMs, attributes }] });
  const request = jsonRequest('', { route: 'logs', protocol: 'otlp-protobuf', receivedAtMs });
  return telemetry.ingest({ ...request, body: new Uint8Array(body) });
}

let sent = 0;
function send(features: object, given: object = {}) {
  sent += 1;
  const row = { model: KEY.model, id: `r${sent}`, version: 'v1', time: NOW, features, value: 1, ...given };
  return sendPredictions(telemetry, [row]);
}

async function schema() {
  const found = await telemetry.schema(KEY);
  if (found === null) throw new Error('the model is not known');
  return found;
}
const declaredKind = async (name: string) => {
  const one = (await schema()).features.find((known) => known.name === name);
  return one === undefined ? undefined : [one.declared?.kind ?? null, one.source];
};

describe('of several declarations of one feature', () => {
  const kinds: readonly (readonly [string, readonly ('config' | 'api' | 'event')[], string])[] = [
    ['an event', ['event'], 'event'],
    ['the API, said before an event', ['api', 'event'], 'api'],
    ['the API, said after an event', ['event', 'api'], 'api'],
    ['the configuration, said before the others', ['config', 'api', 'event'], 'config'],
    ['the configuration, said after the others', ['event', 'api', 'config'], 'config'],
  ];
  const KIND = { event: 'number', api: 'boolean', config: 'category' } as const;

  it.each(kinds)('the strongest is in force: %s', async (_name, sources, winner) => {
    for (const source of sources)
      if (source === 'event') await byEvent({ a: { kind: KIND.event } });
      else if (source === 'api') await byApi({ a: feature({ kind: KIND.api }) });
      else {
        await send({});
        await restart({ a: feature({ kind: KIND.config }) });
      }
    expect(await declaredKind('a')).toEqual([KIND[winner as keyof typeof KIND], winner]);
    await restart(models[0]?.schema);
    expect(await declaredKind('a')).toEqual([KIND[winner as keyof typeof KIND], winner]);
  });

  it('each source still declares the features the stronger one leaves out', async () => {
    await byEvent({ a: { kind: 'number' }, b: { kind: 'number' } });
    await byApi({ b: CATEGORY, c: CATEGORY });
    const { features } = await schema();
    expect(features.map(({ name, source }) => [name, source])).toEqual([
      ['a', 'event'],
      ['b', 'api'],
      ['c', 'api'],
    ]);
  });

  it('what the configuration no longer says is withdrawn', async () => {
    await byEvent({ a: { kind: 'number' } });
    await restart({ a: CATEGORY });
    await restart();
    expect(await declaredKind('a')).toEqual(['number', 'event']);
    expect((await schema()).history.map(({ version, source }) => [version, source])).toEqual([
      [3, 'config'],
      [2, 'config'],
      [1, 'event'],
    ]);
  });

  it('what the configuration says of a model that comes later holds from its first row', async () => {
    await restart({ a: CATEGORY });
    await send({ a: 5 });
    expect((await schema()).features).toMatchObject([{ name: 'a', kind: 'category', source: 'config' }]);
  });
});

describe('versions of a declaration', () => {
  it('are numbered, dated and kept, newest first', async () => {
    await byApi({ a: NUMBER }, NOW);
    await byApi({ a: feature({ kind: 'number', max: 5 }) }, NOW + 1);
    const { history } = await schema();
    expect(history).toEqual([
      {
        version: 2,
        source: 'api',
        declaredAtMs: NOW + 1,
        features: { a: feature({ kind: 'number', max: 5 }) },
      },
      { version: 1, source: 'api', declaredAtMs: NOW, features: { a: NUMBER } },
    ]);
    await restart();
    expect((await schema()).history).toEqual(history);
  });

  it('do not grow by what was said before, in whatever order', async () => {
    const channel = (categories: readonly string[]) => feature({ kind: 'category', categories });
    await byApi({ a: NUMBER, b: channel(['x', 'y']) });
    await byApi({ b: channel(['y', 'x']), a: NUMBER });
    await byEvent({ a: { kind: 'number' } });
    await byEvent({ a: { kind: 'number' } }, NOW + DAY_MS);
    expect((await schema()).history).toHaveLength(2);
  });

  it('of two senders that contradict each other are bounded, and the last of each source is kept', async () => {
    await byApi({ z: NUMBER });
    for (let at = 0; at < 150; at += 1) await byEvent({ a: { max: at } }, NOW + at);
    const { history, features } = await schema();
    expect(history).toHaveLength(101);
    expect(history.at(-1)).toMatchObject({ version: 1, source: 'api' });
    expect(features.map(({ name }) => name)).toEqual(['a', 'z']);
  });
});

describe('a declared kind', () => {
  it.each([
    ['number', 'ten', 'number'],
    ['category', 10, 'category'],
    ['text', 10, 'category'],
    ['boolean', 'yes', 'boolean'],
  ] as const)('%s decides the column before a value came, even for %j', async (kind, value, stored) => {
    await byApi({ a: feature({ kind }) });
    await send({ a: value });
    expect((await schema()).features).toMatchObject([{ name: 'a', kind: stored }]);
  });

  it('that contradicts what is stored is told, never applied', async () => {
    await send({ a: 'red' });
    const answer = await byApi({ a: NUMBER }, NOW + 5);
    expect(answer).toMatchObject({ ok: true, value: [{ feature: '' }, { feature: 'a' }] });
    const { features, events } = await schema();
    expect(features).toMatchObject([{ name: 'a', kind: 'category', declared: { kind: 'number' } }]);
    expect(events).toMatchObject([{ feature: 'a', what: 'contradiction', firstAtMs: NOW + 5, count: 0 }]);
    expect(events[0]?.text).toMatch(/Declared number, but already stored as category/);
    await send({ a: 'blue' });
    expect((await schema()).violations).toMatchObject([{ feature: 'a', kind: 'wrong_kind', count: 1 }]);
  });

  it('holds for the rows of its own request already', async () => {
    const attributes = { 'leeway.model.name': KEY.model };
    const records = [
      {
        event: 'leeway.prediction',
        timeMs: NOW,
        attributes: { ...attributes, 'leeway.prediction.features': { a: 'ten' } },
      },
      {
        event: 'leeway.model.schema',
        timeMs: NOW,
        attributes: { ...attributes, 'leeway.model.features': { a: { kind: 'number' } } },
      },
    ];
    const request = jsonRequest('', { route: 'logs', protocol: 'otlp-protobuf' });
    await telemetry.ingest({ ...request, body: new Uint8Array(encode({ records })) });
    expect((await schema()).features).toMatchObject([{ name: 'a', kind: 'number' }]);
  });

  it('may be declared for a model that is not there yet, as far as there is room for it', async () => {
    const full = { ...LIMITS, maxModelsPerTenant: 1 };
    await telemetry.close();
    telemetry = await buildTelemetry({ folder: home.folder, limits: full, models: [] });
    expect(await byApi({ a: NUMBER })).toMatchObject({ ok: true });
    const key = { ...KEY, model: 'second' };
    expect(await telemetry.declareSchema({ key, features: { a: NUMBER }, nowMs: NOW })).toMatchObject({
      ok: false,
      reason: 'conflict',
    });
  });
});

describe('a feature that is declared protected', () => {
  const region = { region: feature({ protected: true }) };

  it('has its values among the protected attributes from then on, in words', async () => {
    await byApi({ ...region, age: feature({ protected: true }) });
    await send({ region: 'west', age: 41, ok: true });
    const [entry] = await telemetry.catalog();
    expect(entry?.features.map(({ name }) => name)).toEqual(['ok']);
    const groups = await telemetry.counts({
      ...KEY,
      fromMs: NOW - DAY_MS,
      toMs: NOW + DAY_MS,
      by: { attribute: 'region' },
    });
    expect(groups.map(({ group, rows }) => [group, rows])).toEqual([['west', 1]]);
  });

  it('gives way to a protected attribute of the same name', async () => {
    await byApi(region);
    await send({ region: 'west' }, { protected: { region: 'south' } });
    const asked = { ...KEY, fromMs: NOW - DAY_MS, toMs: NOW + DAY_MS, by: { attribute: 'region' } };
    expect((await telemetry.counts(asked)).map(({ group }) => group)).toEqual(['south']);
  });

  it('after values had come leaves those where they are, and says so', async () => {
    await send({ region: 'west' });
    await byApi(region);
    await send({ region: 'south' });
    expect((await schema()).events).toMatchObject([{ feature: 'region', what: 'protected_late' }]);
    expect(await telemetry.recount(KEY)).toEqual([]);
  });
});

describe('a feature that changes its kind', () => {
  it('keeps its rows and is told as news once, then counted', async () => {
    await send({ a: 1 });
    const first = await send({ a: 'one' }, { version: 'v2', time: NOW + 60_000 });
    expect(first).toMatchObject({ accepted: { predictions: 1 }, rejected: [] });
    expect(first.notices).toMatchObject([{ model: KEY.model, feature: 'a' }]);
    expect((await send({ a: 'two' }, { version: 'v3', time: NOW + 600_000 })).notices).toBeUndefined();
    const { events, violations } = await schema();
    expect(events).toMatchObject([
      { feature: 'a', what: 'kind_changed', firstAtMs: NOW, count: 2, version: 'v2' },
    ]);
    expect(violations).toMatchObject([
      { feature: 'a', kind: 'wrong_kind', count: 2, lastMs: NOW + 600_000, version: 'v3' },
    ]);
    expect(JSON.stringify(events)).not.toMatch(/"one"|two/);
    expect((await telemetry.catalog())[0]).toMatchObject({ predictions: 3, violations: { wrong_kind: 2 } });
  });

  it('is no news again after a restart', async () => {
    await send({ a: 1 });
    await send({ a: 'one' });
    await restart();
    expect((await send({ a: 'two' })).notices).toBeUndefined();
    expect((await schema()).events).toMatchObject([{ what: 'kind_changed', count: 2 }]);
  });

  it('is not news when a repeated request tells it', async () => {
    await send({ a: 1 });
    const body = jsonRequest([{ model: KEY.model, id: 'again', time: NOW, features: { a: 'x' }, value: 1 }]);
    expect((await telemetry.ingest(body)).notices).toHaveLength(1);
    expect((await telemetry.ingest(body)).notices).toBeUndefined();
  });
});

describe('what was found in the traffic', () => {
  it('says with which versions a feature came, by days', async () => {
    const DAY = Math.floor(NOW / DAY_MS) * DAY_MS;
    await send({ a: 1, b: null }, { time: NOW - 3 * DAY_MS });
    await send({ a: 1, b: 2 }, { time: NOW });
    await send({ b: 2 }, { time: NOW, version: 'v2' });
    const expected = [
      { name: 'a', seen: [{ version: 'v1', firstDayMs: DAY - 3 * DAY_MS, lastDayMs: DAY }] },
      {
        name: 'b',
        seen: [
          { version: 'v1', firstDayMs: DAY, lastDayMs: DAY },
          { version: 'v2', firstDayMs: DAY, lastDayMs: DAY },
        ],
      },
    ];
    expect((await schema()).features).toMatchObject(expected);
    await restart();
    expect((await schema()).features).toMatchObject(expected);
  });

  it('tells rows of several versions and days apart in one request', async () => {
    const rows = Array.from({ length: 400 }, (_, at) => ({
      model: KEY.model,
      id: `mixed${at}`,
      version: `v${at % 3}`,
      time: NOW - (at % 5) * DAY_MS,
      features: at % 3 === 2 ? { a: 1, rare: at === 2 ? 1 : null } : { a: 1 },
      value: 1,
    }));
    await sendPredictions(telemetry, rows);
    const { features } = await schema();
    const days = (name: string) =>
      features
        .find((one) => one.name === name)
        ?.seen.map(({ version, firstDayMs, lastDayMs }) => [version, (lastDayMs - firstDayMs) / DAY_MS]);
    expect(days('a')?.toSorted()).toEqual([
      ['v0', 4],
      ['v1', 4],
      ['v2', 4],
    ]);
    expect(days('rare')).toEqual([['v2', 0]]);
  });

  it('misses a feature that is declared and never comes', async () => {
    await byApi({ amuont: NUMBER });
    expect((await schema()).events).toEqual([]);
    await send({ amount: 1 });
    const { events, violations } = await schema();
    expect(events).toMatchObject([{ feature: 'amuont', what: 'never_seen' }]);
    expect(violations).toMatchObject([{ feature: 'amount', kind: 'undeclared_feature', count: 1 }]);
  });

  it('of a model without a declaration counts nothing that is in order', async () => {
    await send({ a: 1, b: 'x' });
    expect(await schema()).toMatchObject({ violations: [], events: [], history: [] });
  });

  it('is null for a model that is not known', async () => {
    expect(await telemetry.schema({ tenant: 'other', model: KEY.model })).toBeNull();
  });
});
