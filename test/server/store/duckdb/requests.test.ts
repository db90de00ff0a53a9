import { describe, expect, it } from 'vitest';
import type { IngestReply } from '../../../../server/model.ts';
import { Requests } from '../../../../server/store/duckdb/requests.ts';

const REPLY: IngestReply = {
  status: 'ok',
  accepted: { predictions: 2, labels: 1 },
  repeated: 0,
  rejected: [],
};

describe('what is remembered of requests', () => {
  it('is a number of them, the newest, however many come within ten minutes', async () => {
    const requests = new Requests();
    for (let index = 0; index <= 50_000; index += 1) requests.remember(`d${index}`, 1000, REPLY);
    expect(requests.find('d0', 1000)).toBeNull();
    expect(await requests.find('d1', 1000)).toMatchObject({ repeated: 3 });
    requests.remember('d1', 1001, REPLY);
    requests.remember('one more', 1001, REPLY);
    expect(await requests.find('d1', 1001)).toMatchObject({ repeated: 3 });
  });

  it('holds for one that is still being stored, however far the clock moves meanwhile', async () => {
    const requests = new Requests();
    const stored = Promise.withResolvers<IngestReply>();
    const first = requests.follow('d', 0, stored.promise);
    const again = requests.find('d', 3_600_000);
    stored.resolve(REPLY);
    expect([await first, await again]).toMatchObject([{ repeated: 0 }, { repeated: 3 }]);
    expect(requests.find('d', 3_600_000)).toBeNull();
  });
});
