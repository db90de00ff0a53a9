import { afterEach, expect, test } from 'vitest';
import { labelEvent, predictionEvent } from '../../../demo/serving/events.ts';
import { createShipper, type Shipper } from '../../../demo/serving/shipper.ts';
import { startCapture, type Capture } from '../otlp-capture.ts';

const open: { shipper?: Shipper; capture?: Capture } = {};

afterEach(async () => {
  await open.shipper?.close();
  await open.capture?.close();
});

async function connected(statuses: readonly number[] = []) {
  const capture = await startCapture(statuses);
  const shipper = createShipper({ otlpUrl: capture.url, apiKey: 'key-of-skyline', serviceName: 'test' });
  Object.assign(open, { capture, shipper });
  return { capture, shipper };
}

const LONG_AGO_MS = Date.UTC(2001, 5, 19, 5, 0, 0, 250);

const label = (id: string) => labelEvent({ model: 'late-arrival', id, atMs: LONG_AGO_MS, value: 'late' });

test('every event emitted is acknowledged after a flush, at its own time, with its tenant key', async () => {
  const { capture, shipper } = await connected();
  const ids = Array.from({ length: 10_000 }, (_, index) => `flight-${index}`);
  await shipper.room(ids.length);
  for (const id of ids) shipper.emit(label(id));
  await shipper.flush();
  expect(shipper.counts()).toMatchObject({ emitted: 10_000, sent: 10_000, failed: 0 });
  expect(capture.records).toHaveLength(10_000);
  expect(new Set(capture.records.map((record) => record.timeMs))).toEqual(new Set([LONG_AGO_MS]));
  expect(new Set(capture.authorizations)).toEqual(new Set(['Bearer key-of-skyline']));
});

test('a prediction travels with its features in one map attribute and its event name', async () => {
  const { capture, shipper } = await connected();
  shipper.emit(
    predictionEvent({
      model: 'late-arrival',
      version: 'v1',
      id: 'a',
      atMs: LONG_AGO_MS,
      features: { distance: 100, origin: 'ATL', destination: 'SAV' },
      region: 'South',
      value: 'late',
      score: 0.5,
      durationMs: 2,
      error: null,
      reference: false,
    }),
  );
  await shipper.flush();
  const [record] = capture.records;
  expect(record).toMatchObject({ eventName: 'leeway.prediction', severity: 9 });
  expect(record?.keys).toEqual([
    'leeway.model.name',
    'leeway.model.version',
    'leeway.prediction.id',
    'leeway.prediction.features',
    'leeway.prediction.value',
    'leeway.prediction.score',
    'leeway.prediction.duration',
    'leeway.protected',
  ]);
});

test('a failed prediction says so in severity and error.type and has no value', async () => {
  const { capture, shipper } = await connected();
  shipper.emit(
    predictionEvent({
      model: 'late-arrival',
      version: 'v1',
      id: 'a',
      atMs: LONG_AGO_MS,
      features: { distance: 100, origin: '???', destination: 'SAV' },
      region: null,
      value: null,
      score: null,
      durationMs: 1,
      error: 'unknown_airport',
      reference: false,
    }),
  );
  await shipper.flush();
  expect(capture.records[0]).toMatchObject({ severity: 17 });
  expect(capture.records[0]?.keys).toContain('error.type');
  expect(capture.records[0]?.keys).not.toContain('leeway.prediction.value');
});

test('a refused batch is sent again until it is taken, and counts once', async () => {
  const { capture, shipper } = await connected([503, 503]);
  for (let index = 0; index < 100; index += 1) shipper.emit(label(`flight-${index}`));
  await shipper.flush();
  expect(capture.records).toHaveLength(100);
  expect(shipper.counts()).toMatchObject({ emitted: 100, sent: 100, failed: 0 });
});

test('a batch that can never be taken is counted as failed and does not hold up later ones', async () => {
  const { capture, shipper } = await connected([400]);
  shipper.emit(label('refused'));
  await shipper.flush();
  shipper.emit(label('taken'));
  await shipper.flush();
  expect(shipper.counts()).toMatchObject({ emitted: 2, sent: 1, failed: 1 });
  expect(shipper.counts().lastError).not.toBeNull();
  expect(capture.records).toHaveLength(1);
});

test('flushes that overlap all wait for everything emitted before them', async () => {
  const { shipper } = await connected();
  const sentAfter = [1, 2, 3].map(async (round) => {
    for (let index = 0; index < 5000; index += 1) shipper.emit(label(`${round}-${index}`));
    await shipper.flush();
    return shipper.counts().sent >= round * 5000;
  });
  expect(await Promise.all(sentAfter)).toEqual([true, true, true]);
});
