import { describe, expect, it } from 'vitest';
import { BENTOML_SCOPE } from '../../../server/ingest/bentoml.ts';
import { BentomlSenders } from '../../../server/ingest/bentoml-senders.ts';
import type { KeptSender } from '../../../server/ingest/bentoml-senders.ts';
import type { IngestRequest } from '../../../server/model.ts';
import { buildTelemetry } from '../../../server/worker.ts';
import { LIMITS, NOW, scratch } from '../store/duckdb/support.ts';
import { encode } from './support.ts';
import type { Value } from './support.ts';

const META = {
  monitor_name: 'iris',
  schema: { pred: { name: 'pred', role: 'prediction', type: 'numerical' } },
};

function rowOf(id: string, more: Readonly<Record<string, Value>> = {}, service = 'iris:iris'): IngestRequest {
  const body = encode({
    resource: { 'service.name': service },
    scopeName: BENTOML_SCOPE,
    records: [{ timeMs: NOW, body: { width: 1.5, pred: 3, timestamp: NOW / 1000, request_id: id, ...more } }],
  });
  return {
    tenant: 'acme',
    route: 'logs',
    protocol: 'otlp-protobuf',
    encoding: 'identity',
    receivedAtMs: NOW,
    body: new Uint8Array(body),
  };
}

describe('what a BentoML service said of its columns', () => {
  it('holds over a restart, though it says it once only: the prediction stays the prediction', async () => {
    const home = scratch();
    const open = () => buildTelemetry({ folder: home.folder, limits: LIMITS, models: [] });
    const first = await open();
    await first.ingest(rowOf('1', { bento_meta: META }));
    await first.close();
    const second = await open();
    const reply = await second.ingest(rowOf('2'));
    expect(reply).toMatchObject({ accepted: { predictions: 1 }, rejected: [] });
    expect(reply.warnings).toBeUndefined();
    expect(await second.catalog()).toMatchObject([{ model: 'iris', predictions: 2 }]);
    expect((await second.catalog())[0]?.features.map(({ name }) => name)).not.toContain('pred');
    await second.close();
    home.remove();
  });

  const keeper = () => {
    const saved: KeptSender[][] = [];
    return {
      saved,
      load: async () => saved.flat(),
      save: async (changed: readonly KeptSender[]) => void saved.push([...changed]),
    };
  };
  const schema = (role: string) => ({
    monitor: 'iris',
    version: null,
    columns: new Map([['pred', { role, type: 'numerical' }]]),
  });

  it('is written when it changes, and only then', async () => {
    const kept = keeper();
    const senders = new BentomlSenders(kept);
    for (const role of ['prediction', 'prediction', 'target', 'target']) {
      senders.learn('a', schema(role), NOW);
      await senders.save();
    }
    expect(kept.saved.map((changed) => changed.length)).toEqual([1, 1]);
    expect((await BentomlSenders.open(kept)).find('a')).toEqual(schema('target'));
  });

  it('is tried again after it could not be written', async () => {
    const kept = keeper();
    const failing = { ...kept, save: () => Promise.reject(new Error('disk')) };
    let broken = true;
    const senders = new BentomlSenders({
      load: kept.load,
      save: (changed) => (broken ? failing.save() : kept.save(changed)),
    });
    senders.learn('a', schema('prediction'), NOW);
    await expect(senders.save()).rejects.toThrow('disk');
    broken = false;
    await senders.save();
    expect(kept.saved).toMatchObject([[{ sender: 'a', learnedMs: NOW }]]);
  });
});
