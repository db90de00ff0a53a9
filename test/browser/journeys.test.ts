import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeInBrowser, launch, watch, type Watched } from './browser.ts';
import { type Fixture, freshAnswers, startFixture } from './fixture.ts';
import { LATE, NOW, PLAN_HASH } from './fixture-data.ts';

describeInBrowser('a person on call', (found) => {
  let browser: Browser;
  let fixture: Fixture;
  let watched: Watched;
  let page: Page;

  beforeAll(async () => {
    [browser, fixture] = await Promise.all([launch(found), startFixture()]);
  });
  beforeEach(async () => {
    Object.assign(fixture.answers, freshAnswers());
    fixture.writes.length = 0;
    fixture.reads.length = 0;
    fixture.approveStatus = 200;
    watched = await watch(browser);
    page = watched.page;
  });
  afterEach(() => watched.context.close());
  afterAll(async () => {
    await browser.close();
    await fixture.close();
  });

  const visit = (hash: string) => page.goto(`${fixture.url}#/${hash}`);

  it('approves exactly the plan shown, once, however often the button is pressed', async () => {
    await visit('incidents/inc-7');
    await page.getByText('POST http://127.0.0.1:9100/admin/rollback').waitFor();
    await page.getByLabel('Why is this right?').fill('v1 was healthy');
    await page.getByRole('button', { name: 'Roll back to v1' }).dblclick();
    await page.keyboard.press('Enter');
    await expect
      .poll(() => fixture.reads.filter((path) => path === 'incidents/inc-7').length)
      .toBeGreaterThan(1);
    expect(fixture.writes).toEqual([
      {
        method: 'POST',
        path: 'runs/run-3/approve',
        csrf: '1',
        body: { planHash: PLAN_HASH, reason: 'v1 was healthy' },
      },
    ]);
  });

  it('reaches approve by keyboard alone', async () => {
    await visit('incidents/inc-7');
    await page.getByRole('button', { name: 'Roll back to v1' }).waitFor();
    await tabTo(page, 'Why is this right? It is kept in the audit log.');
    await page.keyboard.type('seen in the evidence');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect.poll(() => fixture.writes.map((write) => write.path)).toEqual(['runs/run-3/approve']);
  });

  it('sends no approval without a reason', async () => {
    await visit('incidents/inc-7');
    await page.getByRole('button', { name: 'Roll back to v1' }).click();
    await page.getByLabel('Why is this right?').fill('   ');
    await page.getByRole('button', { name: 'Roll back to v1' }).click();
    await page.waitForTimeout(100);
    expect(fixture.writes).toEqual([]);
  });

  it('is told when the plan changed meanwhile, and may approve the new one', async () => {
    fixture.approveStatus = 409;
    await visit('incidents/inc-7');
    await page.getByLabel('Why is this right?').fill('go');
    await page.getByRole('button', { name: 'Roll back to v1' }).click();
    await page.getByText('Nothing was done: The plan has changed since it was shown.').waitFor();
    fixture.approveStatus = 200;
    await page.getByRole('button', { name: 'Roll back to v1' }).click();
    await expect.poll(() => fixture.writes.length).toBe(2);
  });

  it('sees no approve button without the scope to operate', async () => {
    const { me } = freshAnswers();
    fixture.answers.me = me && { ...me, principal: { ...me.principal, scopes: ['read'] } };
    await visit('incidents/inc-7');
    await page.getByText('Approving needs a key with the scope «operate»').waitFor();
    expect(
      await page.getByRole('button', { name: /Roll back|Acknowledge|Silence for|Resolve/ }).count(),
    ).toBe(0);
  });

  it.each([
    ['Add to the timeline', 'What is to be known?', 'comments', { actionable: true }],
    ['Mark mitigated', 'Why are users served well again?', 'mitigate', {}],
    ['Resolve the incident', 'Why is it over?', 'resolve', { actionable: true }],
  ])('says of an incident: %s', async (word, label, path, answer) => {
    await visit('incidents/inc-7');
    await page.getByLabel('Say').selectOption(word);
    await page.getByLabel(label).fill('traffic goes to v1');
    if ('actionable' in answer)
      await page.getByLabel('Was there something to do for a person?').selectOption('yes');
    await page.getByRole('button', { name: word }).click();
    await expect
      .poll(() => fixture.writes)
      .toEqual([
        {
          method: 'POST',
          path: `incidents/inc-7/${path}`,
          csrf: '1',
          body: { reason: 'traffic goes to v1', ...answer },
        },
      ]);
    await expect.poll(() => page.getByLabel('What is to be known?').inputValue()).toBe('');
  });

  it('reads a post-mortem as a file, and what a line of the timeline rests on', async () => {
    await visit('incidents/inc-7');
    await page.getByRole('link', { name: /^How it was computed/ }).click();
    await page.getByText('Computed again, bit for bit the same').waitFor();
    await page.goBack();
    const link = page.getByRole('link', { name: 'Markdown' });
    expect(await link.getAttribute('href')).toMatch(
      /api\/v1\/incidents\/inc-7\/post-mortem\?format=markdown$/,
    );
    await page.getByRole('button', { name: 'Show 1 delivery' }).click();
    await page.getByRole('link', { name: /^Delivery/ }).click();
    await page.locator('lw-deliveries li[aria-current]').waitFor();
  });

  it('asks why an alert was told or not, and goes from what holds it back to the silence', async () => {
    await visit('incidents/inc-7');
    await page.getByText('Why was (or wasn’t) I told?').first().click();
    await page.getByText('Escalates to email-oncall in 15').waitFor();
    await page.getByRole('link', { name: /^Silenced by ada/ }).click();
    await page.locator('tr[aria-current]').getByText('Holds back 1 alert now').waitFor();
    await page.getByRole('link', { name: 'The selection rate differs' }).click();
    await page.getByRole('heading', { level: 1, name: 'Inputs of late-arrival' }).waitFor();
  });

  it('sees what a silence would hold back before it makes it, by free conditions', async () => {
    await visit('silences');
    await page.getByLabel('Value 1').fill('late-arrival');
    await page.getByRole('button', { name: 'Add a condition' }).click();
    await page.getByLabel('Label 2').fill('subject');
    await page.getByLabel('Condition 2', { exact: true }).selectOption('fits the expression');
    await page.getByLabel('Value 2').fill('dist.*');
    await page.getByRole('button', { name: 'Add a condition' }).click();
    await page.getByLabel('Value 3').fill('gone again');
    await page.getByRole('button', { name: 'Remove condition 3' }).click();
    await page.getByText('It would hold back a page that fires now.').waitFor();
    const matchers = [
      { name: 'model', op: '=', value: 'late-arrival' },
      { name: 'subject', op: '=~', value: 'dist.*' },
    ];
    await expect.poll(() => fixture.writes.at(-1)?.body).toEqual({ tenant: 'ops', matchers });
    await page.getByLabel('Why', { exact: true }).fill('repair');
    await page.getByRole('button', { name: 'Create silence' }).click();
    await expect
      .poll(() => fixture.writes.find(({ path }) => path === 'silences')?.body)
      .toEqual({ tenant: 'ops', matchers, durationMs: 3_600_000, reason: 'repair' });
    expect(await page.getByLabel('For', { exact: true }).locator('option').allTextContents()).toEqual([
      '1 hour',
      '4 hours',
      '1 day',
      '7 days',
    ]);
  });

  it('keeps the open row and the focus while live changes come in, at most one load a second', async () => {
    await visit('models/ops/late-arrival');
    const row = page.getByRole('button', { name: 'origin, against the baseline', exact: true });
    await row.click();
    await page.getByRole('heading', { name: 'What was compared' }).waitFor();
    fixture.answers.model = { ...fixture.answers.model, verdict: 'A later verdict.' };
    const before = fixture.reads.length;
    for (let index = 0; index < 30; index += 1) fixture.tell(change('score'));
    await page.getByText('A later verdict.').waitFor();
    await page.waitForTimeout(300);
    expect(fixture.reads.slice(before)).toEqual(['models/ops/late-arrival']);
    expect(await page.getByRole('heading', { name: 'What was compared' }).count()).toBe(1);
    expect(await row.evaluate((button) => button.matches(':focus'))).toBe(true);
  });

  it('reads each comparison by itself, what chance explains as calm, and a score in full', async () => {
    await visit('models/ops/late-arrival');
    const rows = page.getByRole('table', { name: 'Drift by feature' }).getByRole('row');
    await rows.filter({ hasText: 'hour' }).getByText('Chance explains it').waitFor();
    await page.getByRole('button', { name: 'Against the weeks before', exact: true }).click();
    await expect.poll(() => rows.count()).toBe(2);
    await page.getByRole('button', { name: 'distance, against the weeks before' }).click();
    await page.getByText('This window against the weeks before, 2026-10-20').waitFor();
    await page.getByRole('button', { name: 'Against the baseline', exact: true }).click();
    await page.getByRole('button', { name: 'distance, against the baseline' }).click();
    await page.getByRole('link', { name: 'Explain in full' }).click();
    await page.getByText('Computed again, bit for bit the same').waitFor();
    expect(fixture.reads).toContain('scores/2/explain');
  });

  it('is told what a detector nobody has heard of found', async () => {
    await visit('models/ops/late-arrival');
    const row = page.getByRole('row').filter({ hasText: 'shape-of-things' });
    await row.getByText('a detector that no page knows of').waitFor();
    await row.getByText('No rule judges it').waitFor();
  });

  it('finds rows in their place after a refresh, until they are sorted again', async () => {
    await visit('fleet');
    const names = () => page.locator('tbody tr td:first-child a').allTextContents();
    await page.getByText('Bag route').waitFor();
    const first = await names();
    const rows = fixture.answers.fleet.rows.map((row) =>
      row.model === 'bag-route'
        ? { ...row, health: 'action' as const, incidentId: 'inc-8', openAlerts: { page: 4, ticket: 0 } }
        : { ...row, incidentId: null },
    );
    fixture.answers.fleet = { ...fixture.answers.fleet, rows };
    fixture.tell(change('alert'));
    await page.getByText('4 pages').waitFor();
    expect(await names()).toEqual(first);
    await page.getByRole('button', { name: 'Sort worst first' }).click();
    expect((await names())[0]).toBe('Bag route');
  });

  it('keeps the last answer in sight when the server fails, and says so', async () => {
    await visit('fleet');
    await page.getByText('Bag route').waitFor();
    await page.route('**/api/v1/fleet', (route) =>
      route.fulfill({
        status: 500,
        json: { error: { code: 'internal', message: 'Disk full.', requestId: 'r-9' } },
      }),
    );
    fixture.tell(change('alert'));
    await page.getByText('Disk full. Request r-9.').waitFor();
    expect(await page.getByText('Bag route').count()).toBe(1);
  });

  it('moves all cards to a chosen window and back to the latest', async () => {
    await visit('models/ops/late-arrival');
    await page.getByLabel('Window', { exact: true }).selectOption({ label: 'Mon, 16 Nov 2026 (UTC)' });
    await page.getByText('Follow the latest').waitFor();
    expect(page.url()).toContain(`window=${Date.UTC(2026, 10, 16)}`);
    await expect
      .poll(() => page.locator('.section-head p').first().textContent())
      .toBe('Mon, 16 Nov 2026 (UTC)');
    await page.getByRole('button', { name: 'Follow the latest' }).click();
    await expect
      .poll(() => page.locator('.section-head p').first().textContent())
      .toBe('Thu, 19 Nov 2026 (UTC)');
  });

  it('reads a chart by arrow keys and as a table', async () => {
    await visit('models/ops/late-arrival');
    const chart = page.getByRole('img', { name: /^Score: / });
    await chart.focus();
    await page.keyboard.press('End');
    await page.getByText(/^> 0\.9: baseline 0\.3\s%, this window 3\.03\s% \(\+2\.7\spoints\)$/).waitFor();
    await page.getByRole('button', { name: 'Show as table: Score' }).click();
    const table = page.getByRole('region', { name: 'Score as a table' });
    expect(await table.getByRole('row').count()).toBe(11);
  });

  it('acknowledges and silences an alert for four hours with a reason', async () => {
    await visit('models/ops/late-arrival');
    await page.getByRole('button', { name: 'Acknowledge', exact: true }).click();
    await expect.poll(() => fixture.writes[0]?.path).toMatch(/^alerts\/ops%2Flate-arrival.*\/acknowledge$/);
    await page.getByRole('button', { name: 'Silence for 4 h' }).first().click();
    await page.getByLabel('Why is it silenced for 4 h?').fill('rolling back');
    await page.getByRole('button', { name: 'Silence', exact: true }).click();
    await expect
      .poll(() => fixture.writes[1]?.body)
      .toEqual({
        tenant: LATE.tenant,
        matchers: [
          { name: 'model', op: '=', value: LATE.model },
          { name: 'rule', op: '=', value: 'feature-drift' },
          { name: 'subject', op: '=', value: 'distance' },
        ],
        durationMs: 4 * 3_600_000,
        reason: 'rolling back',
      });
  });

  it('renews an acknowledgement, whose end the button says', async () => {
    await visit('models/ops/late-arrival');
    const button = page.getByRole('button', { name: 'Acknowledge again' });
    expect(await button.getAttribute('title')).toMatch(/^Acknowledged by ada until .*; again, it lasts/);
    await button.click();
    await expect.poll(() => fixture.writes[0]?.path).toMatch(/fairness-gap.*\/acknowledge$/);
  });

  it('ends an alert by hand', async () => {
    await visit('models/ops/late-arrival');
    await page.getByRole('button', { name: 'Resolve' }).first().click();
    await expect.poll(() => fixture.writes[0]?.path).toMatch(/^alerts\/ops%2Flate-arrival.*\/resolve$/);
  });

  it('sees the silences that have ended, folded away until asked for', async () => {
    await visit('silences');
    expect(await page.getByText('The same maintenance, the day before.').count()).toBe(0);
    await page.getByText('Ended within the last 28 days').click();
    await page.getByText('The same maintenance, the day before.').waitFor();
    expect(await page.getByRole('button', { name: 'End now' }).count()).toBe(1);
  });

  it('creates and ends a silence, never one that matches everything', async () => {
    await visit('silences');
    await page.getByLabel('Why').fill('planned work');
    await page.getByRole('button', { name: 'Create silence' }).click();
    await page.getByText('Name at least one thing that is silenced.').waitFor();
    await page.getByLabel('Value 1').fill('gate-queue');
    await page.getByRole('button', { name: 'Create silence' }).click();
    await expect
      .poll(() => fixture.writes.filter(({ path }) => path === 'silences').map(({ body }) => body))
      .toEqual([
        {
          tenant: 'ops',
          matchers: [{ name: 'model', op: '=', value: 'gate-queue' }],
          durationMs: 3_600_000,
          reason: 'planned work',
        },
      ]);
    await page.getByRole('button', { name: 'End now' }).click();
    await expect
      .poll(() => fixture.writes.at(-1))
      .toMatchObject({ method: 'DELETE', path: 'silences/s-1', csrf: '1' });
  });

  it('tests a receiver and says what became of it', async () => {
    await visit('receivers');
    await page.getByText('Slack answered 503').waitFor();
    await page.getByText('2 notices waiting, the oldest for 15 min').waitFor();
    await page.getByRole('button', { name: 'Send a test to hook' }).click();
    await page.getByRole('cell', { name: 'Taken: hooks.example answered 200' }).waitFor();
    expect(fixture.writes[0]).toMatchObject({ method: 'POST', path: 'receivers/hook/test', csrf: '1' });
    fixture.answers.receiverTest = { result: 'unknown', detail: 'no answer in time' };
    await page.getByRole('button', { name: 'Send a test to mail' }).click();
    await page.getByRole('cell', { name: 'No answer, it may have arrived: no answer in time' }).waitFor();
    await page.getByRole('cell', { name: 'Taken: hooks.example answered 200' }).waitFor();
  });

  it('signs in with a key, lands where it wanted to go, and signs out', async () => {
    fixture.answers.me = null;
    await visit('incidents/inc-7');
    await page.getByLabel('Key').fill('lw_bad');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('This API key is unknown or revoked.').waitFor();
    await page.getByLabel('Key').fill('lw_good');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Inputs of late-arrival' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in with a key' }).waitFor();
  });

  it('makes a key that is shown once, in the one line before every snippet', async () => {
    const place = { otlpUrl: 'http://drift:14318/v1/logs', grpcAddress: 'drift:14317' };
    fixture.answers.ingest = { ...fixture.answers.ingest, ...place };
    await visit('start?tenant=pax');
    await page.getByText('export LEEWAY_KEY=YOUR_INGEST_KEY').waitFor();
    await page.getByRole('button', { name: 'Create an ingest key' }).click();
    await page.getByText('export LEEWAY_KEY=lw_ingest_5f0c').waitFor();
    expect(fixture.writes[0]?.body).toEqual({ tenant: 'pax', scopes: ['ingest'] });
    const shown = async (name: string) => {
      await page.getByRole('button', { name, exact: true }).click();
      return page.getByRole('region', { name, exact: true }).textContent();
    };
    expect(await shown('Python')).not.toContain('lw_ingest_5f0c');
    expect(await shown('TypeScript')).toContain("'http://drift:14318/v1/logs'");
    expect(await shown('Go')).toContain('"drift:14317"');
    expect(await page.getByRole('definition').allTextContents()).toContain('drift:14317');
  });

  it('meets a tenant that sends for the first time, and keeps the new key in sight', async () => {
    await visit('start?tenant=pax');
    await page.getByRole('button', { name: 'Create an ingest key' }).click();
    await page.getByText('export LEEWAY_KEY=lw_ingest_5f0c').waitFor();
    const tenants = [...(fixture.answers.me?.tenants ?? []), { id: 'crew', title: 'Crew planning' }];
    fixture.answers.me = { ...freshAnswers().me!, tenants };
    for (let index = 0; index < 5; index += 1) fixture.tell({ ...change('ingest'), tenant: 'crew' });
    await page.getByLabel('Tenant').getByText('Crew planning').waitFor({ state: 'attached' });
    await page.getByText('export LEEWAY_KEY=lw_ingest_5f0c').waitFor();
    expect(fixture.reads.filter((path) => path === 'me')).toHaveLength(2);
  });

  it('finds alerts of no open incident before the evidence', async () => {
    await visit('models/ops/late-arrival');
    const heads = () => page.getByRole('heading', { level: 2 }).allTextContents();
    await expect.poll(heads).toContain('Open alerts');
    expect((await heads()).indexOf('Open alerts')).toBeGreaterThan((await heads()).indexOf('Schema'));
    fixture.answers.model = { ...fixture.answers.model, incidents: [] };
    await page.reload();
    await expect.poll(async () => (await heads())[0]).toBe('Open alerts');
  });

  it('filters by tenant, skips to the content and walks rows by keys', async () => {
    await visit('fleet');
    await page.getByLabel('Tenant').selectOption('Passenger service');
    await expect.poll(() => page.locator('tbody tr').count()).toBe(3);
    await page.keyboard.press('Escape');
    await page.evaluate('document.activeElement?.blur()');
    await page.locator('main').focus();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    expect(await focusedName(page)).toBe('Bag route');
    await page.keyboard.press('g');
    await page.keyboard.press('i');
    await page.getByRole('heading', { level: 1, name: 'Incidents' }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  });

  it('changes the theme and finds it again', async () => {
    await visit('fleet');
    await page.getByLabel('Theme').selectOption('Dark');
    const canvas = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    expect(await canvas()).toBe('rgb(11, 14, 18)');
    await page.reload();
    await page.getByText('Bag route').waitFor();
    expect(await canvas()).toBe('rgb(11, 14, 18)');
  });
});

function change(kind: 'alert' | 'ingest' | 'score') {
  return { kind, ...LATE, id: 'x', text: 'Something changed', atMs: NOW };
}

/** The accessible name of what has the focus, through all shadow trees. */
async function focusedName(page: Page): Promise<string> {
  return page.evaluate(`(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    const label = element?.labels?.[0]?.textContent ?? element?.textContent ?? '';
    return label.trim();
  })()`);
}

async function tabTo(page: Page, name: string): Promise<void> {
  for (let index = 0; index < 60; index += 1) {
    if ((await focusedName(page)) === name) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`The keyboard does not reach «${name}».`);
}
