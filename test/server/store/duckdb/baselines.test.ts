import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createIngest } from '../../../../server/ingest/ingest.ts';
import type { BaselineSource, IngestReply } from '../../../../server/model.ts';
import { Subject } from './subject.ts';
import { ALL_TIME, DAY_MS, jsonRequest, KEY, LIMITS, NOW } from './support.ts';

const FIRST: BaselineSource = { kind: 'first', rows: 10 };
const SET: BaselineSource = { kind: 'uploaded', set: 'spring' };

let subject: Subject;
beforeEach(async () => {
  subject = await new Subject().open();
});
afterEach(() => subject.end());

function rows(count: number, given: (at: number) => object = () => ({})): readonly object[] {
  return Array.from({ length: count }, (_, at) => {
    return {
      id: `p${at}`,
      time: NOW - (at % 5) * DAY_MS,
      features: { n: at % 40, c: 'abc'[at % 3] },
      ...given(at),
    };
  });
}

function upload(sent: readonly object[], set = 'spring'): Promise<IngestReply> {
  const { ingest } = createIngest({ store: subject.store, limits: LIMITS });
  return ingest(jsonRequest(sent, { referenceSet: { model: KEY.model, set } }));
}

function choose(source: BaselineSource, instead: BaselineSource | null = null) {
  return subject.store.baselines.chooseBaseline({ key: KEY, source, instead, actor: 'ada', nowMs: NOW });
}

async function chosen(source: BaselineSource, instead: BaselineSource | null = null) {
  const answer = await choose(source, instead);
  if (!answer.ok) throw new Error(answer.message);
  return answer.value;
}

describe('an uploaded set', () => {
  it('makes a baseline of its own rows alone', async () => {
    await subject.send(rows(30, () => ({ features: { n: 1000, c: 'z' } })));
    await upload(rows(20));
    await upload(
      rows(50, (at) => ({ id: `x${at}` })),
      'autumn',
    );
    expect(await chosen(SET)).toMatchObject({
      rows: 20,
      source: SET,
      isCurrent: true,
      choice: { by: 'ada' },
    });
    const baseline = await subject.store.baseline(KEY);
    expect(baseline?.layouts['n']).toMatchObject({ max: 19 });
    expect(baseline?.counts['c']?.known.reduce((sum, count) => sum + count)).toBe(20);
    expect(await subject.store.recount(KEY)).toEqual([]);
  });

  it('is no traffic: neither counted, nor found by id, nor labelled', async () => {
    await subject.send(rows(10, (at) => ({ id: `own${at}` })));
    await upload(rows(20));
    await subject.store.freezeBaseline(KEY, FIRST, NOW);
    await subject.label([{ id: 'p1', value: 1, time: NOW }]);
    expect(await subject.store.labels.resolveLabels(NOW, 100)).toMatchObject({ matched: 0, waiting: 1 });
    expect(await subject.store.counts({ ...KEY, ...ALL_TIME })).toMatchObject([{ rows: 10 }]);
    expect(await subject.store.rows.getPrediction({ ...KEY, id: 'p1' })).toBeNull();
    expect((await subject.store.catalog())[0]).toMatchObject({ predictions: 10, referenceRows: 0 });
    const exported = await subject.store.exportRange(KEY, { ...ALL_TIME, kind: 'predictions' });
    expect(exported?.rows).toBe(10);
  });

  it('counts an id once, over requests and restarts; the same id in traffic and in another set are others', async () => {
    await subject.send(rows(5));
    expect(await upload(rows(20))).toMatchObject({ repeated: 0 });
    expect(await upload(rows(25))).toMatchObject({ repeated: 20, accepted: { predictions: 25 } });
    await subject.restart();
    expect(await upload(rows(26))).toMatchObject({ repeated: 25 });
    expect(await upload(rows(3), 'autumn')).toMatchObject({ repeated: 0 });
    await subject.send(rows(6));
    expect(await subject.store.baselines.referenceSets(KEY)).toMatchObject([
      { set: 'spring', rows: 26 },
      { set: 'autumn', rows: 3 },
    ]);
    expect((await subject.store.catalog())[0]?.predictions).toBe(6);
    expect(await subject.store.recount(KEY)).toEqual([]);
  });

  it('takes rows of any age, and leaves out their labels in words', async () => {
    const old = rows(3, () => ({ time: Date.UTC(1999, 0, 1), label: 1 }));
    expect(await upload(old)).toMatchObject({
      accepted: { predictions: 3, labels: 0 },
      rejected: [],
      warnings: [{ count: 3, message: expect.stringContaining('training set') as string }],
    });
  });

  it('stays when its days would move and age out, and goes when it is deleted', async () => {
    await subject.send(rows(5, (at) => ({ id: `own${at}` })));
    await upload(rows(20));
    await upload(rows(4), 'autumn');
    await subject.store.moveDays(NOW + 20 * DAY_MS);
    await chosen(SET);
    const { baselines } = subject.store;
    const refused = await baselines.deleteReferenceSet({ key: KEY, set: 'spring' });
    expect(refused).toMatchObject({ ok: false, reason: 'conflict' });
    const gone = await baselines.deleteReferenceSet({ key: KEY, set: 'autumn' });
    expect(gone).toEqual({ ok: true, value: { rows: 4 } });
    expect(await baselines.deleteReferenceSet({ key: KEY, set: 'winter' })).toMatchObject({
      reason: 'not_found',
    });
    await subject.restart();
    expect(await subject.store.baselines.referenceSets(KEY)).toMatchObject([{ set: 'spring', rows: 20 }]);
    expect(await subject.store.recount(KEY)).toEqual([]);
  });

  it('has windows of its own', async () => {
    await subject.send(rows(5, (at) => ({ id: `own${at}` })));
    await upload(rows(20));
    await chosen(SET);
    const asked = { key: KEY, ...ALL_TIME, windowMs: DAY_MS, dataset: 'baseline' } as const;
    expect(await subject.store.countWindows(asked)).toMatchObject({ rows: Float64Array.of(4, 4, 4, 4, 4) });
  });
});

describe('a baseline chosen by API', () => {
  it('stands against the source the configuration had then, until that changes', async () => {
    await subject.send(rows(60));
    await subject.store.freezeBaseline(KEY, FIRST, NOW);
    const { id } = await chosen({ kind: 'first', rows: 30 }, FIRST);
    await subject.restart();
    expect(await subject.store.replaceBaseline(KEY, FIRST, NOW)).toMatchObject({ id, rows: 30 });
    const other = { kind: 'first', rows: 20 } as const;
    expect(await subject.store.replaceBaseline(KEY, other, NOW)).toMatchObject({ rows: 20, source: other });
    expect(await subject.store.baseline(KEY)).not.toHaveProperty('choice');
  });

  it('gives way once it is withdrawn, but only once', async () => {
    await subject.send(rows(60));
    const { id } = await chosen({ kind: 'first', rows: 30 }, FIRST);
    const withdraw = () => subject.store.baselines.withdrawBaseline({ key: KEY, nowMs: NOW + 1 });
    expect(await withdraw()).toMatchObject({ value: { id, choice: { withdrawnAtMs: NOW + 1 } } });
    expect(await withdraw()).toMatchObject({ ok: false, reason: 'conflict' });
    await subject.restart();
    expect(await subject.store.replaceBaseline(KEY, FIRST, NOW)).toMatchObject({ rows: 10 });
  });

  it.each<[string, BaselineSource, string]>([
    ['a set nobody has uploaded', SET, '"spring"'],
    ['a period that is not over', { kind: 'period', fromMs: NOW, toMs: NOW + DAY_MS }, 'ahead'],
    ['a period without rows', { kind: 'period', fromMs: 0, toMs: DAY_MS }, 'no rows'],
    ['more first rows than have come', { kind: 'first', rows: 1000 }, '60 predictions have come, 1000'],
    ['reference rows that never came', { kind: 'reference', minRows: 5 }, '0 reference rows'],
  ])('cannot be made of %s, and the answer says why', async (_name, source, words) => {
    await subject.send(rows(60));
    await subject.store.freezeBaseline(KEY, FIRST, NOW);
    const before = await subject.store.baseline(KEY);
    const told = { ok: false, reason: 'conflict', message: expect.stringContaining(words) as string };
    expect(await choose(source)).toMatchObject(told);
    expect(await subject.store.baseline(KEY)).toEqual(before);
  });

  it('of a model nobody has sent is not found', async () => {
    expect(await choose(SET)).toMatchObject({ ok: false, reason: 'not_found' });
  });
});

describe('baselines', () => {
  it('stay readable by their ids, each with its own cells', async () => {
    await subject.send(rows(60));
    const first = await subject.store.freezeBaseline(KEY, FIRST, NOW);
    const second = await chosen({ kind: 'first', rows: 30 });
    await subject.restart();
    const { baselines } = subject.store;
    expect(await baselines.baselineById(KEY, first?.id ?? '')).toEqual(first);
    expect(await baselines.baselineById(KEY, 'none')).toBeNull();
    expect(await baselines.baselines(KEY)).toMatchObject([
      { id: second.id, isCurrent: true, rows: 30, choice: { by: 'ada' }, features: 3 },
      { id: first?.id, isCurrent: false, rows: 10 },
    ]);
  });

  it('of a period leave out what is excluded, in their windows too', async () => {
    await subject.send(rows(50));
    const exclude = [{ fromMs: NOW - DAY_MS, toMs: NOW - DAY_MS + 1 }];
    const source = { kind: 'period', fromMs: NOW - 3 * DAY_MS, toMs: NOW, exclude } as const;
    expect(await chosen(source)).toMatchObject({ rows: 20, source });
    const asked = { key: KEY, ...ALL_TIME, windowMs: null, dataset: 'baseline' } as const;
    expect(await subject.store.countWindows(asked)).toMatchObject({ rows: Float64Array.of(20) });
  });

  it('are frozen while rows and labels come, are resolved and compacted: every count is right afterwards', async () => {
    const part = (name: string) => rows(100, (at) => ({ id: `${name}-${at}`, score: (at % 10) / 10 }));
    await subject.send(part('a'));
    await subject.label(Array.from({ length: 50 }, (_, at) => ({ id: `a-${at}`, value: at % 2, time: NOW })));
    await subject.store.labels.resolveLabels(NOW, 1000);
    for (let round = 0; round < 4; round += 1) {
      const sent = Array.from({ length: 5 }, (_, at) => subject.send(part(`${round}.${at}`)));
      const frozen = chosen({ kind: 'first', rows: 40 + round });
      await Promise.all([
        frozen,
        ...sent,
        subject.label([{ id: `${round}.1-3`, value: 1, time: NOW }]),
        subject.store.labels.resolveLabels(NOW, 10),
        subject.store.compact(NOW),
        subject.store.counts({ ...KEY, ...ALL_TIME }),
      ]);
    }
    await subject.store.labels.resolveLabels(NOW, 1000);
    expect(await subject.store.recount(KEY)).toEqual([]);
    expect(await subject.store.labels.recountOutcomes(KEY)).toEqual([]);
    expect(await subject.store.counts({ ...KEY, ...ALL_TIME })).toMatchObject([{ rows: 2100 }]);
    expect(subject.files('export')).toEqual([]);
  });

  it('that count everything again are told apart from rows and labels that come', async () => {
    const dirty = async (since: number) => {
      const buckets = await subject.store.rows.dirtyBuckets(since);
      const causes = new Set(buckets.map((bucket) => bucket.causes?.join(' and ')));
      return { since: Math.max(since, ...buckets.map(({ batch }) => batch)), causes: [...causes] };
    };
    await subject.send(rows(60));
    const sent = await dirty(0);
    expect(sent.causes).toEqual(['rows']);
    await chosen(FIRST);
    const frozen = await dirty(sent.since);
    expect(frozen.causes).toEqual(['recount']);
    await upload(rows(3));
    expect(await dirty(frozen.since)).toEqual({ since: frozen.since, causes: [] });
    await subject.label([{ id: 'p1', value: 1, time: NOW }]);
    await subject.store.labels.resolveLabels(NOW, 10);
    expect((await dirty(frozen.since)).causes).toEqual(['labels']);
  });

  it('are one when they are asked for twice at once', async () => {
    await subject.send(rows(60));
    const [one, two] = await Promise.all([
      subject.store.freezeBaseline(KEY, FIRST, NOW),
      subject.store.freezeBaseline(KEY, FIRST, NOW),
    ]);
    expect(one?.id).toBe(two?.id);
  });
});
