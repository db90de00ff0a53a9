import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildControl } from '../../../../server/control.ts';
import type { Delivery, Notice } from '../../../../server/model.ts';
import { CONTROL_FILE } from '../../../../server/store/sqlite/database.ts';
import {
  bench,
  DAY,
  HOUR,
  MINUTE,
  RULES,
  score,
  settings,
  T0,
  told,
  type Bench,
} from '../../route/fixture.ts';

const MIGRATIONS = new URL('../../../../server/store/sqlite/migrations/', import.meta.url);
const ROWS = new URL('fixtures/control-004.sql', import.meta.url);
const VERSION = 4;
/** When the program of that version ended. */
const STOPPED_MS = T0 + 2 * DAY + HOUR + MINUTE;

let b: Bench;
beforeEach(async () => {
  b = await bench();
  await b.control.close();
  for (const name of readdirSync(b.folder)) rmSync(join(b.folder, name));
  const file = new DatabaseSync(join(b.folder, CONTROL_FILE));
  for (const name of readdirSync(MIGRATIONS).sort().slice(0, VERSION))
    file.exec(readFileSync(new URL(name, MIGRATIONS), 'utf8'));
  file.exec(readFileSync(ROWS, 'utf8'));
  file.exec(`PRAGMA user_version = ${VERSION}`);
  file.close();
  b.control = await buildControl({ folder: b.folder, settings: settings(), rules: RULES });
});
afterEach(() => b.end());

const PAGED = ['delay/availability', 'delay/Distance', 'delay/Origin'];

function burn(nowMs: number, tenant: string) {
  const window = { windowFromMs: nowMs - HOUR, windowToMs: nowMs };
  return score(1, 0, { ...window, tenant, detector: 'burn-rate-page', subject: 'availability' });
}

/** Nothing burns and nothing drifts any more, from one day to another; the notices that arrive meanwhile. */
async function calm(firstDay: number, lastDay: number): Promise<readonly Notice[]> {
  const arrived: Delivery[] = [];
  for (let day = firstDay; day <= lastDay; day += 1) {
    const nowMs = T0 + day * DAY;
    await b.control.judge([burn(nowMs, 'acme'), burn(nowMs, 'other')], nowMs);
    await b.control.judge([score(day, 0.01), score(day, 0.01, { subject: 'Origin' })], nowMs);
    for (const afterMs of [0, 10 * MINUTE, 5 * HOUR]) arrived.push(...(await b.tick(nowMs + afterMs)));
  }
  return arrived.filter(({ kind }) => kind === 'notice').map(({ payload }) => payload as Notice);
}

describe('a control file of schema 4 with open alerts, a silence, incidents and a page that waits', () => {
  it('opens with all of them, and its audit still stands', async () => {
    const alerts = await b.control.alerts({ tenant: 'acme', state: 'firing' });
    expect(alerts.map(({ model, subject }) => `${model}/${subject}`).toSorted()).toEqual(PAGED.toSorted());
    expect(alerts.find(({ subject }) => subject === 'Origin')?.labels).toMatchObject({
      tenant: 'acme',
      rule: 'feature-drift',
      subject: 'Origin',
    });
    expect(await b.control.silences('acme', STOPPED_MS)).toMatchObject([
      { matchers: [{ name: 'subject', op: '=', value: 'Origin' }], author: 'ann' },
    ]);
    expect(await b.control.incidents({ tenant: null })).toHaveLength(2);
    expect(await b.control.verifyAudit()).toMatchObject({ brokenAt: null });
  });

  it('delivers the page that waits, once', async () => {
    const arrived = [...(await b.tick(STOPPED_MS)), ...(await b.tick(STOPPED_MS + 10 * MINUTE))];
    const pages = arrived.filter(({ id }) => id === 'ntc_0675c0b17cc55e5c');
    expect(told(pages)).toEqual(['oncall first availability']);
    expect((await b.control.deliveries({ tenant: 'other' })).map(({ state }) => state)).not.toContain(
      'pending',
    );
  });

  it('tells the end of everything that was told firing, of what is silenced since too, and then rests', async () => {
    await b.tick(STOPPED_MS);
    const open = await b.control.alerts({ tenant: null, state: 'firing' });
    const told = await calm(3, 5);
    const ended = new Set(told.flatMap(({ resolved }) => resolved.map(({ id }) => id)));
    expect([...ended].toSorted()).toEqual(open.map(({ id }) => id).toSorted());
    expect(await b.control.alerts({ tenant: null, state: 'firing' })).toEqual([]);
    expect(await calm(6, 8)).toEqual([]);
  });
});
