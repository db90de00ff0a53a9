import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deliverDue } from '../../server/act/outbox.ts';
import { LOCAL_EGRESS } from '../../test/server/act/context.ts';
import { routeWith } from '../../test/server/route/routes.ts';
import { median, quantile, rounded } from '../kit/statistics.ts';
import { table } from '../kit/table.ts';
import type { Bench } from '../kit/types.ts';
import { MINUTE_MS, routerDesk, scoreOf, T0 } from './desk.ts';

/** From the call that judges a score to the page at the receiver's socket: rule, group, outbox and signed request on the way. */
export const scoreToSocket: Bench = async ({ quick, print }) => {
  const pages = quick ? 50 : 500;
  const receiver = await listen();
  const { control, settings, end } = await routerDesk({
    receivers: [{ id: 'oncall', type: 'webhook', url: receiver.url, secret: SECRET }],
    route: routeWith({ receivers: ['oncall'], groupBy: ['model'], repeatIntervalMs: 240 * MINUTE_MS }),
    egress: LOCAL_EGRESS,
  });
  const tookMs: number[] = [];
  for (let page = 0; page < pages; page += 1) {
    const nowMs = T0 + page * 6 * MINUTE_MS;
    const startMs = performance.now();
    await control.judge([scoreOf(`model-${page}`, 'feature', { value: 3, atMs: nowMs })], nowMs);
    await deliverDue({ control, settings, fetch, now: () => nowMs });
    tookMs.push(receiver.lastMs() - startMs);
  }
  await end();
  await receiver.end();
  const arrived = receiver.count();
  if (arrived < pages) throw new Error(`expected ${pages} pages at the socket, got ${arrived}`);
  const p50 = median(tookMs);
  const p99 = quantile(tookMs, 0.99);
  for (const line of table(['from score to socket', 'median, ms', 'p99, ms'], [[`${pages} pages`, p50, p99]]))
    print(line);
  return { scoreToSocketMsP50: rounded(p50), scoreToSocketMsP99: rounded(p99) };
};

const SECRET = `whsec_${Buffer.from('only of this bench, 24 b').toString('base64')}`;

async function listen() {
  let lastMs = 0;
  let count = 0;
  const server = createServer((request, response) => {
    lastMs = performance.now();
    count += 1;
    request.resume().on('end', () => response.end());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    lastMs: () => lastMs,
    count: () => count,
    end: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
