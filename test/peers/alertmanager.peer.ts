import { describe, expect, it } from 'vitest';
import { mayMount, playToAlertmanager } from './alertmanager-process.ts';
import { playToLeeway } from './leeway-router.ts';
import { SCRIPTS, type Script } from './router-script.ts';
import { alertmanager } from './tools.ts';

const tool = await alertmanager();
const isHere = tool.found && (await mayMount());
const byAlertmanager = async (script: Script) => {
  if (!tool.found) throw new Error(tool.why);
  return playToAlertmanager(tool.path, script);
};
const byLeeway = (script: Script) =>
  playToLeeway(script).map(({ firing: fires, resolved }) => ({ firing: fires, resolved }));
const firing = (...names: readonly string[]) => ({ firing: names, resolved: [] });
const ended = (...names: readonly string[]) => ({ firing: [], resolved: names });

const SAME = [
  [SCRIPTS.plain, [firing('drift'), ended('drift')]],
  [SCRIPTS.again, [firing('drift'), ended('drift'), firing('drift')]],
  [SCRIPTS.short, []],
  [SCRIPTS.group, [firing('drift'), firing('drift', 'gap'), { firing: ['gap'], resolved: ['drift'] }]],
  [SCRIPTS.silenced, []],
] as const;

describe('Leeway tells', () => {
  it.each(SAME)('when $name', (script, expected) => {
    expect(byLeeway(script)).toEqual(expected);
  });

  it('the end, without calling anybody, and the next life of an alert that ended within a silence', () => {
    expect(playToLeeway(SCRIPTS.lost)).toEqual([
      { ...firing('drift'), isQuiet: false },
      { ...ended('drift'), isQuiet: true },
      { ...firing('drift'), isQuiet: false },
    ]);
  });
});

describe.skipIf(!isHere)('Alertmanager tells', () => {
  it.concurrent.each(SAME)('the same when $name', async (script, expected) => {
    expect(await byAlertmanager(script)).toEqual(expected);
  });

  it.concurrent('neither the end nor the next life of an alert that ended within a silence', async () => {
    // Source: prometheus/alertmanager#226 and #4634; its log of notifications keeps the alert as firing.
    expect(await byAlertmanager(SCRIPTS.lost)).toEqual([firing('drift')]);
  });
});
