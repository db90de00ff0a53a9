import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GroupView, SilenceView } from '../../server/show/views/alertmanager.ts';
import { serveWorld, type ServedWorld } from './served-world.ts';
import { karmaReader } from './tools.ts';

const tool = await karmaReader();
let served: ServedWorld;
beforeAll(async () => {
  served = await serveWorld();
});
afterAll(() => served.close());

interface Seen {
  readonly version: string;
  readonly cluster: string;
  readonly groups: readonly GroupView[];
  readonly silences: readonly SilenceView[];
}

async function readAs(key: string): Promise<Seen> {
  if (!tool.found) throw new Error(tool.why);
  const { stdout } = await promisify(execFile)(tool.path, [served.urlWith(key)]);
  return JSON.parse(stdout) as Seen;
}

async function silence(): Promise<void> {
  const response = await fetch(`${served.url}/api/v2/silences`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${served.world.key('acme-operate')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      matchers: [{ name: 'alertname', value: 'unit-change', isRegex: false, isEqual: true }],
      startsAt: new Date().toISOString(),
      endsAt: new Date(Date.now() + 3_600_000).toISOString(),
      createdBy: 'karma',
      comment: 'ACK! known',
    }),
  });
  expect(response.status).toBe(200);
}

describe.skipIf(!tool.found)('what Karma reads, by the client made of the description of the API', () => {
  it.each(['acme-read', 'all-read'])('is all there for the key %s', async (key) => {
    const { version, cluster, groups, silences } = await readAs(key);
    expect([version, cluster, silences]).toEqual(['0.25.0', 'disabled', []]);
    expect(groups.map(({ receiver }) => receiver.name)).toEqual(['mail', 'oncall', 'tickets']);
    expect(groups[2]?.alerts[0]).toMatchObject({
      labels: { alertname: 'unit-change', subject: 'country' },
      status: { state: 'active' },
    });
  });

  it('shows a silence and what it keeps quiet', async () => {
    await silence();
    const { groups, silences } = await readAs('acme-read');
    expect(silences).toMatchObject([{ comment: 'ACK! known', status: { state: 'active' } }]);
    expect(groups[2]?.alerts[0]?.status).toMatchObject({
      state: 'suppressed',
      silencedBy: [silences[0]?.id],
    });
  });
});
