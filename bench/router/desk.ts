import { buildControl } from '../../server/control.ts';
import type { Rule, Score } from '../../server/model.ts';
import type { Settings } from '../../server/settings.ts';
import { settings } from '../../test/server/route/fixture.ts';
import { scratchFolder } from '../kit/appliance.ts';

export const T0 = Date.UTC(2026, 0, 1);
export const MINUTE_MS = 60_000;

const RULE: Rule = {
  id: 'drift',
  title: 'Drift',
  detector: 'drift',
  kind: 'drift',
  ticket: { atLeast: 0.5 },
  page: { atLeast: 2 },
  persistence: { open: 1, of: 1, pageOpen: 1, close: 1 },
  summary: '{subject} of {model} moved',
};

/** A control store in a folder of its own, with one rule: 0.5 is a ticket, 2 a page, less is clean. */
export async function routerDesk(change: Partial<Settings>) {
  const { folder, remove } = scratchFolder();
  const inForce = settings(change);
  const control = await buildControl({ folder, settings: inForce, rules: [RULE] });
  const end = async () => {
    await control.close();
    remove();
  };
  return { control, settings: inForce, end };
}

export function scoreOf(
  model: string,
  subject: string,
  { value, atMs }: { readonly value: number; readonly atMs: number },
): Score {
  return {
    tenant: 'acme',
    model,
    detector: 'drift',
    subject,
    windowFromMs: atMs - MINUTE_MS,
    windowToMs: atMs,
    value,
    why: null,
    lower: null,
    upper: null,
    rows: 1000,
    baselineId: null,
    evidence: { text: `${subject} moved.` },
  };
}
