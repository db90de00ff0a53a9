import { withControl } from '../control-thread.ts';
import { FatalError } from '../errors.ts';
import { explainScore } from '../explain/explain.ts';
import { loadRules } from '../rules-file.ts';
import { readOptions, settingsOf } from './settings.ts';
import type { Command } from './types.ts';

export const explain: Command = {
  usage: 'explain SCORE',
  about: [
    'tells how a stored score came about, and computes it again from what it was stored with; SCORE is its number',
    'ends with 0, 1 when it comes out different or is not there',
  ].join('\n      '),
  run: async (context) => {
    const { values, words } = readOptions(context);
    const [word = ''] = words;
    if (words.length !== 1 || !/^\d{1,15}$/.test(word))
      throw new FatalError(`expected the number of one score, got "${words.join(' ')}"`, { exitCode: 2 });
    const settings = settingsOf(context, values['config']);
    const rules = loadRules(settings.rulesFolder);
    const explained = await withControl(settings, async (control) => {
      const score = await control.score(Number(word));
      return score === null ? null : explainScore(control, rules, score);
    });
    if (explained === null) throw new FatalError(`there is no score ${word}`, { exitCode: 1 });
    for (const { title, lines } of explained.sections) {
      context.print(title);
      for (const line of lines) context.print(`  ${line}`);
    }
    return explained.result === 'different' ? 1 : 0;
  },
};
