import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { incident } from '../../../server/cli/incident.ts';
import { bench, DAY, score, T0, type Bench } from '../route/fixture.ts';

let b: Bench;
beforeEach(async () => {
  b = await bench();
  await b.control.judge([score(1, 0.4)], T0 + DAY);
});
afterEach(() => b.end());

const run = async (...args: readonly string[]) => {
  const config = join(b.folder, 'leeway.yaml');
  writeFileSync(config, `data: ${b.folder}\npublicUrl: http://leeway.example\n`);
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const code = await incident.run({ args: [...args, '--config', config], environment: {}, print });
  return { code, text: lines.join('\n') };
};

describe('leeway incident export', () => {
  it('writes facts with links, and says which it cannot know', async () => {
    const [found] = await b.control.incidents({ tenant: 'acme' });
    const { code, text } = await run('export', found!.id);
    expect(code).toBe(0);
    expect(text).toMatch(/^# Flight delay: Distance has drifted/);
    expect(text).toContain(`(<http://leeway.example/#/incidents/${found!.id}>)`);
    expect(text).toContain('Predictions: not counted (the running appliance owns the predictions');
    const json = await run('export', found!.id, '--format', 'json');
    expect(JSON.parse(json.text)).toMatchObject({ status: 'draft', incident: found!.id, followUps: [] });
  });

  it.each([
    [['export', 'inc_nothing'], 'there is no incident inc_nothing'],
    [['export'], 'expected incident export ID'],
    [['list'], 'expected incident export ID'],
    [['export', 'inc_1', '--format', 'html'], 'expected --format markdown or json, got "html"'],
  ])('of %j says: %s', async (args, message) => {
    await expect(run(...args)).rejects.toThrow(message);
  });
});
