import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hono } from 'hono';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { steppedClock } from '../../server/clock.ts';
import { parseConfig } from '../../server/config.ts';
import { createLeeway, type Leeway } from '../../server/leeway.ts';
import { listen, type Listener } from '../../server/listen.ts';
import { silentLog } from '../../server/log.ts';
import { DAY_MS, HOUR_MS, hourOf } from '../flow/appliance.ts';
import { describeInBrowser, launch, watch } from './browser.ts';

/** The pages against the whole appliance: its threads, its databases, its HTTP servers. */

const NOW_MS = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const SECRET = `whsec_${Buffer.from('a secret of at least twenty-four bytes').toString('base64')}`;

describeInBrowser('a viewer of the running appliance', (found) => {
  let browser: Browser;
  let leeway: Leeway;
  let world: Listener;
  const folder = mkdtempSync(join(tmpdir(), 'leeway-browser-'));
  const clock = steppedClock(NOW_MS - 4 * DAY_MS);
  const deployed: string[] = [];

  beforeAll(async () => {
    const app = new Hono().post('/deploy', async (c) => {
      deployed.push((await c.req.json<{ version: string }>()).version);
      return c.text('ok');
    });
    world = await listen(app, { host: '127.0.0.1', port: 0 });
    const config = {
      data: folder,
      listen: { port: 0, otlpPort: 0, grpcPort: 0 },
      models: [
        {
          tenant: 'acme',
          name: 'fraud',
          title: 'Card fraud',
          baseline: { reference: { minRows: 2000 } },
          rollback: { url: `${world.url}/deploy`, secret: { env: 'SECRET' }, verifyMinRows: 50 },
        },
      ],
      egress: { allow: ['http://127.0.0.1:*'], open: ['127.0.0.0/8'] },
    };
    const settings = parseConfig(JSON.stringify(config), {
      file: join(folder, 'leeway.yaml'),
      environment: { SECRET },
    });
    leeway = await createLeeway(settings, { clock, log: silentLog, schedule: false });
    browser = await launch(found);
  });

  afterAll(async () => {
    await browser.close();
    await leeway.close();
    await world.close(1000);
    rmSync(folder, { recursive: true });
  });

  async function send(key: string, rows: readonly object[]): Promise<void> {
    const response = await fetch(`${leeway.url}/api/v1/predictions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(rows),
    });
    expect(await response.json()).toMatchObject({ accepted: rows.length, rejected: [] });
  }

  async function play(key: string, days: number, options: Parameters<typeof hourOf>[1] = {}): Promise<void> {
    const hours = Array.from({ length: days * 24 }, (_, index) => clock.now() + index * HOUR_MS);
    clock.advanceTo(clock.now() + days * DAY_MS);
    await send(
      key,
      hours.flatMap((hour) => hourOf(hour, options)),
    );
    clock.advanceTo(clock.now() + HOUR_MS / 2);
    await leeway.tick();
    clock.advanceTo(clock.now() + HOUR_MS / 2);
  }

  it(
    'signs in by a link once, sends a first prediction, finds the fault and rolls it back',
    { timeout: 60_000 },
    async () => {
      const { page, problems, context } = await watch(browser);
      const link = await leeway.signInLink();
      await page.goto(link);
      await page.getByText('Card fraud').waitFor();
      expect((await fetch(link, { redirect: 'manual' })).status).not.toBe(302);

      await page.goto(`${leeway.url}/#/start`);
      await page.getByRole('button', { name: 'Create an ingest key' }).click();
      const line = page.getByRole('region', { name: 'The key, for each of them' });
      await line.getByText('export LEEWAY_KEY=lw_').waitFor();
      const key = /lw_[0-9a-f]{8}_[\w-]+/.exec((await line.textContent()) ?? '')?.[0] ?? '';
      expect(key).not.toBe('');
      const reference = Array.from({ length: 120 }, (_, index) => clock.now() - (index + 1) * HOUR_MS);
      await send(
        key,
        reference.flatMap((hour) => hourOf(hour, { dataset: 'reference' })),
      );
      await play(key, 2);
      await page.getByText('10,080').first().waitFor();

      await play(key, 1, { version: 'v2', factor: 1.609344 });
      await page.goto(`${leeway.url}/#/fleet`);
      await page.getByText('Action').first().waitFor();
      await page.getByRole('link', { name: 'Incident', exact: true }).click();
      await page.getByText('kilometres where miles were learned').first().waitFor();
      await page.getByLabel('Why is this right?').fill('v1 was healthy');
      await page.getByRole('button', { name: 'Roll back to v1' }).click();
      await page.getByLabel('Why is this right?').waitFor({ state: 'detached' });
      await leeway.tick();
      expect(deployed).toEqual(['v1']);
      expect(problems).toEqual([]);
      await context.close();
    },
  );
});
