import { FatalError } from '../errors.ts';
import type { Labels } from '../model.ts';
import { matchersText } from '../route/matchers.ts';
import { routesFor } from '../route/tree.ts';
import { handlingLines, triedLines } from './route-lines.ts';
import { readOptions, settingsOf } from './settings.ts';
import type { Command } from './types.ts';

export const route: Command = {
  usage: 'route test LABEL=VALUE… [--verify RECEIVER,…] [--at TIME]',
  about: [
    'shows which routes an alert with these labels takes, who is told, in what group, and when; nothing has to run',
    '--verify names the receivers that are expected; --at a time such as 2026-12-25T10:00Z for calendars, else now',
    'ends with 0, 1 when other receivers are told than expected, 2 when the command or the file cannot be understood',
  ].join('\n      '),
  run: async (context) => {
    const { values, words } = readOptions(context, { verify: { type: 'string' }, at: { type: 'string' } });
    const [action, ...pairs] = words;
    if (action !== 'test') throw refused(`expected route test, got "route ${words.join(' ')}"`);
    const labels = labelsOf(pairs);
    const nowMs = timeOf(values['at']);
    const { route: root, calendars } = settingsOf(context, values['config']);
    const handling = routesFor(root, labels);
    for (const line of triedLines(root, labels)) context.print(line);
    for (const one of handling)
      for (const line of ['', ...handlingLines(one, labels, { calendars, nowMs })]) context.print(line);
    const told = [...new Set(handling.flatMap(({ receivers }) => receivers))];
    const difference = values['verify'] === undefined ? null : differenceOf(told, values['verify']);
    if (difference === null) return 0;
    context.print('');
    context.print(`{${textOf(labels)}} ${difference}`);
    return 1;
  },
};

function labelsOf(pairs: readonly string[]): Labels {
  const entries = pairs.map((pair): [string, string] => {
    const at = pair.indexOf('=');
    if (at < 1) throw refused(`expected labels such as severity=page, got "${pair}"`);
    if (/^[^=]*!=|^[^=]*=~/.test(pair))
      throw refused(
        `expected label=value, got "${pair}"; an alert has values and no expressions, and a value that begins with ~ stands in quotes, 'foo="~bar"'`,
      );
    return [pair.slice(0, at), pair.slice(at + 1).replace(/^"(.*)"$/s, '$1')];
  });
  const twice = entries.find(([name], index) => entries.findIndex(([other]) => other === name) < index);
  if (twice !== undefined) throw refused(`expected every label once, got ${twice[0]} twice`);
  return Object.fromEntries(entries);
}

function timeOf(text: string | undefined): number {
  const ms = text === undefined ? Date.now() : Date.parse(text);
  if (Number.isNaN(ms)) throw refused(`expected a time such as 2026-12-25T10:00Z for --at, got "${text}"`);
  return ms;
}

/** The order does not matter: all are told. */
function differenceOf(told: readonly string[], verify: string): string | null {
  const expected = verify.split(',').map((id) => id.trim());
  const isSame = told.length === expected.length && expected.every((id) => told.includes(id));
  return isSame ? null : `tells ${told.join(', ') || 'nobody'}; expected ${expected.join(', ')}`;
}

function textOf(labels: Labels): string {
  return matchersText(Object.entries(labels).map(([name, value]) => ({ name, op: '=', value })));
}

function refused(message: string): FatalError {
  return new FatalError(message, { exitCode: 2 });
}
