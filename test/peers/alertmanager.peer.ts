import { describe, expect, it } from 'vitest';
import { mayMount, playToAlertmanager } from './alertmanager-process.ts';
import { SCRIPTS, type Script } from './router-script.ts';
import { alertmanager } from './tools.ts';

const tool = await alertmanager();
const isHere = tool.found && (await mayMount());
const tells = async (script: Script) => {
  if (!tool.found) throw new Error(tool.why);
  return playToAlertmanager(tool.path, script);
};
const firing = (...names: readonly string[]) => ({ firing: names, resolved: [] });

describe.skipIf(!isHere)('Alertmanager tells', () => {
  it.concurrent.each([
    [SCRIPTS.plain, [firing('drift'), { firing: [], resolved: ['drift'] }]],
    [SCRIPTS.again, [firing('drift'), { firing: [], resolved: ['drift'] }, firing('drift')]],
    [SCRIPTS.short, []],
    [SCRIPTS.group, [firing('drift'), firing('drift', 'gap'), { firing: ['gap'], resolved: ['drift'] }]],
    [SCRIPTS.silenced, []],
  ])('when $name', async (script, expected) => {
    expect(await tells(script)).toEqual(expected);
  });

  it.concurrent('neither the end nor the next life of an alert that ended within a silence', async () => {
    // Source: prometheus/alertmanager#226 and #4634; its log of notifications keeps the alert as firing.
    expect(await tells(SCRIPTS.lost)).toEqual([firing('drift')]);
  });
});
