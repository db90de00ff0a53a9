import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { axe, describeInBrowser, launch, type Look, overflow, watch, type Watched } from './browser.ts';
import { type Answers, type Fixture, freshAnswers, startFixture } from './fixture.ts';
import { NOW } from './fixture-data.ts';

const PAGES = [
  { name: 'fleet', hash: 'fleet', heading: 'Fleet' },
  { name: 'model', hash: 'models/ops/late-arrival', heading: 'Arrives more than 15 minutes late' },
  { name: 'incidents', hash: 'incidents', heading: 'Incidents' },
  { name: 'incident', hash: 'incidents/inc-7', heading: 'Inputs of late-arrival changed with version v2' },
  { name: 'silences', hash: 'silences', heading: 'Silences' },
  { name: 'deliveries', hash: 'deliveries', heading: 'Deliveries' },
  { name: 'receivers', hash: 'receivers', heading: 'Receivers' },
  { name: 'explanation', hash: 'scores/2', heading: 'How drift of distance of late-arrival came about' },
  { name: 'start', hash: 'start', heading: 'Send your first prediction' },
] as const;

const LOOKS: readonly Look[] = [
  { theme: 'light', width: 1280 },
  { theme: 'dark', width: 1280 },
  { theme: 'light', width: 360 },
  { theme: 'dark', width: 360 },
];

const EMPTY: readonly {
  readonly name: string;
  readonly hash: string;
  readonly change: (answers: Answers) => void;
  readonly says: string;
}[] = [
  {
    name: 'a fleet that never had data',
    hash: 'fleet',
    change: (answers) => (answers.fleet = { ...answers.fleet, rows: [] }),
    says: 'No model has sent anything yet',
  },
  {
    name: 'a model without a baseline',
    hash: 'models/ops/late-arrival',
    change: (answers) =>
      (answers.model = {
        ...answers.model,
        health: 'learning',
        baseline: null,
        baselineCard: {
          ...answers.model.baselineCard,
          current: null,
          waiting: 'Needs 2,000 reference rows, has 640.',
          before: [],
          comparisons: [],
          unknown: [],
        },
        checks: [],
        labelCharts: { error: null, reliability: null },
        window: null,
        windows: [],
        drift: [],
        distributions: [],
        slos: [],
        fairness: [],
        volume: [],
        versions: [],
        alerts: [],
        incidents: [],
        strip: [],
        lastEventMs: null,
      }),
    says: 'There is no baseline yet',
  },
  {
    name: 'a model without traffic in its objectives',
    hash: 'models/ops/late-arrival',
    change: (answers) =>
      (answers.model = {
        ...answers.model,
        slos: answers.model.slos.map((slo) => ({
          ...slo,
          good: 0,
          bad: 0,
          remaining: null,
          burn: slo.burn.map((window) => ({ ...window, rate: null })),
          trend: slo.trend.map((entry) => ({ ...entry, remaining: null })),
        })),
        fairness: answers.model.fairness.map((row) => ({
          ...row,
          gap: null,
          lower: null,
          upper: null,
          why: 'Fewer than two groups have 100 rows.',
        })),
      }),
    says: 'No traffic in the period, so nothing can be said.',
  },
  {
    name: 'a model without a schema',
    hash: 'models/ops/late-arrival',
    change: (answers) =>
      (answers.model = {
        ...answers.model,
        schema: { features: [], history: [], violations: [], events: [] },
      }),
    says: 'No schema is declared',
  },
  {
    name: 'a schema that every value keeps to',
    hash: 'models/ops/late-arrival',
    change: (answers) =>
      (answers.model = {
        ...answers.model,
        schema: { ...answers.model.schema, violations: [], events: [] },
      }),
    says: 'Every value is as declared',
  },
  {
    name: 'a start without anything refused',
    hash: 'start',
    change: (answers) => (answers.ingest = { ...answers.ingest, quarantine: [], refused: [] }),
    says: 'Nothing was refused',
  },
  {
    name: 'no incident',
    hash: 'incidents',
    change: (answers) => (answers.incidents = { ...answers.incidents, incidents: [] }),
    says: 'No incidents',
  },
  {
    name: 'no receiver',
    hash: 'receivers',
    change: (answers) => (answers.receivers = { ...answers.receivers, receivers: [] }),
    says: 'Nobody can be told',
  },
  {
    name: 'no figures of incidents',
    hash: 'incidents',
    change: (answers) =>
      (answers.figures = {
        ...answers.figures,
        incidents: 0,
        changes: { ...answers.figures.changes, changes: 0 },
      }),
    says: 'there is nothing to measure',
  },
  {
    name: 'no silence',
    hash: 'silences',
    change: (answers) => (answers.silences = { ...answers.silences, silences: [] }),
    says: 'Nothing is silenced',
  },
  {
    name: 'no delivery',
    hash: 'deliveries',
    change: (answers) => (answers.deliveries = { ...answers.deliveries, deliveries: [], receivers: [] }),
    says: 'Nobody was told of anything yet',
  },
  {
    name: 'a closed incident without actions',
    hash: 'incidents/inc-7',
    change: (answers) =>
      (answers.incident = {
        ...answers.incident,
        state: 'resolved',
        resolvedAtMs: NOW,
        runs: [],
        deliveries: [],
      }),
    says: 'Nothing was proposed',
  },
];

describeInBrowser('every page', (found) => {
  let browser: Browser;
  let fixture: Fixture;
  let open: Watched | null = null;

  beforeAll(async () => {
    [browser, fixture] = await Promise.all([launch(found), startFixture()]);
  });
  afterEach(async () => {
    await open?.context.close();
    Object.assign(fixture.answers, freshAnswers());
  });
  afterAll(async () => {
    await browser.close();
    await fixture.close();
  });

  async function visit(hash: string, look: Look): Promise<Watched> {
    open = await watch(browser, look);
    await open.page.goto(`${fixture.url}#/${hash}`);
    return open;
  }

  async function expectClean({ page, problems }: Watched): Promise<void> {
    await settled(page);
    expect(await axe(page)).toEqual([]);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(problems).toEqual([]);
  }

  for (const { name, hash, heading } of PAGES) {
    it.for(LOOKS)(`${name} is whole, accessible and local: $theme at $width`, async (look) => {
      const watched = await visit(hash, look);
      await watched.page.getByRole('heading', { level: 1, name: heading }).waitFor();
      // A stored score does not change with time.
      if (name !== 'explanation') await watched.page.getByText('Data as of 20 Nov 2026, 06:00 UTC').waitFor();
      await expectClean(watched);
    });
  }

  it.for(LOOKS)('the open drift row is accessible: $theme at $width', async (look) => {
    const watched = await visit('models/ops/late-arrival', look);
    await watched.page.getByRole('button', { name: 'distance, against the baseline' }).click();
    const figure = watched.page.getByRole('img', {
      name: /^distance: «above the range» rose most, from 0 % to/,
    });
    await figure.waitFor();
    await expectClean(watched);
  });

  it.for(LOOKS)('why somebody was told of an alert is accessible: $theme at $width', async (look) => {
    const watched = await visit('incidents/inc-7', look);
    await watched.page.getByText('Why was (or wasn’t) I told?').first().click();
    await watched.page.getByRole('heading', { name: 'What holds it back' }).waitFor();
    await expectClean(watched);
  });

  it.for(LOOKS)('a silence that is being written is accessible: $theme at $width', async (look) => {
    const watched = await visit('silences?id=s-1', look);
    await watched.page.getByLabel('Value 1').fill('late-arrival');
    await watched.page.getByRole('button', { name: 'Add a condition' }).click();
    await watched.page.getByText('Holds back now:').waitFor();
    await watched.page.getByText('Holds back 1 alert now').waitFor();
    await expectClean(watched);
  });

  it.for(LOOKS)('signing in is accessible: $theme at $width', async (look) => {
    fixture.answers.me = null;
    const watched = await visit('fleet', look);
    await watched.page.getByRole('heading', { name: 'Sign in with a key' }).waitFor();
    const refused = watched.problems.splice(0);
    expect(refused.every((problem) => problem.includes('401'))).toBe(true);
    await expectClean(watched);
  });

  for (const { name, hash, change, says } of EMPTY) {
    it.for([LOOKS[0] ?? {}, LOOKS[3] ?? {}])(
      `${name} says what is missing: $theme at $width`,
      async (look) => {
        change(fixture.answers);
        const watched = await visit(hash, look);
        await watched.page.getByText(says).first().waitFor();
        await expectClean(watched);
      },
    );
  }

  it.for(LOOKS)('a tenant of a very long title fits: $theme at $width', async (look) => {
    const title = 'Insurance of the Very Long Name and Sons, Department of Claims';
    fixture.answers.me = {
      ...freshAnswers().me!,
      tenants: [...freshAnswers().me!.tenants, { id: 'long', title }],
    };
    const watched = await visit('fleet?tenant=long', look);
    await watched.page.getByRole('heading', { level: 1, name: 'Fleet' }).waitFor();
    await expectClean(watched);
  });

  it.for(LOOKS)('names that nobody can break by hand fit: $theme at $width', async (look) => {
    const long = 'churn_prediction_for_customers_of_the_insurance_branch_in_emea_2026';
    const version = '2026.11.21-build.4711+sha.abcdef0123456789abcdef0123456789';
    const { answers } = fixture;
    answers.fleet = {
      ...answers.fleet,
      rows: answers.fleet.rows.map((row) => ({ ...row, title: long, version })),
    };
    answers.model = {
      ...answers.model,
      title: long,
      version,
      versions: answers.model.versions.map((row) => ({ ...row, version: version + row.version })),
      volume: answers.model.volume.map((cell) => ({ ...cell, version: version + cell.version })),
    };
    answers.silences = {
      ...answers.silences,
      silences: answers.silences.silences.map((row) => ({ ...row, reason: long })),
    };
    answers.incident = { ...answers.incident, title: long, cause: `${long} ${version}` };
    answers.incidents = { ...answers.incidents, incidents: [answers.incident] };
    for (const hash of ['fleet', 'models/ops/late-arrival', 'silences', 'incidents', 'incidents/inc-7']) {
      const watched = await visit(hash, look);
      await watched.page.getByText(long).first().waitFor();
      await settled(watched.page);
      expect([hash, await overflow(watched.page), watched.problems]).toEqual([hash, 0, []]);
      await watched.context.close();
    }
  });

  it.for(LOOKS)('every snippet scrolls inside its box: $theme at $width', async (look) => {
    const watched = await visit('start', look);
    const tabs = watched.page.getByRole('group', { name: 'Language' }).getByRole('button');
    await tabs.first().waitFor();
    for (const tab of await tabs.all()) {
      await tab.click();
      const name = (await tab.textContent())?.trim() ?? '';
      expect(await watched.page.getByRole('region', { name, exact: true }).textContent()).toContain('LEEWAY');
      await expectClean(watched);
    }
  });

  it('a model that does not exist is told in words', async () => {
    const { page } = await visit('models/ops/none', {});
    await page.getByRole('alert').getByText('No model none. Request req-1.').waitFor();
    expect(await page.getByRole('link', { name: 'Back to the fleet' }).getAttribute('href')).toBe('#/fleet');
    expect(await axe(page)).toEqual([]);
  });
});

/** Waits until nothing is loading and fonts and sizes have settled. */
async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('load');
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
}
