import { withControl } from '../control-thread.ts';
import { FatalError } from '../errors.ts';
import { DETECTOR_NAMES } from '../explain/scorers.ts';
import type { IncidentRecord } from '../ports.ts';
import { loadRules } from '../rules-file.ts';
import type { Impact } from '../show/types.ts';
import { alertTold } from '../show/views/alert-told.ts';
import { postMortem } from '../show/views/post-mortem.ts';
import { postMortemMarkdown } from '../show/views/post-mortem-markdown.ts';
import { readOptions, settingsOf } from './settings.ts';
import type { Command } from './types.ts';

export const incident: Command = {
  usage: 'incident export ID [--format markdown|json]',
  about: [
    'writes the draft of a post-mortem of an incident: what is known of it, each fact with its link',
    'predictions and budgets are not in it, since the running appliance owns them; its API and pages tell them too',
  ].join('\n      '),
  run: async (context) => {
    const { values, words } = readOptions(context, { format: { type: 'string' } });
    const [action, id] = words;
    const { format = 'markdown' } = values;
    if (action !== 'export' || id === undefined || words.length !== 2)
      throw new FatalError(`expected incident export ID, got "incident ${words.join(' ')}"`, { exitCode: 2 });
    if (format !== 'markdown' && format !== 'json')
      throw new FatalError(`expected --format markdown or json, got "${format}"`, { exitCode: 2 });
    const settings = settingsOf(context, values['config']);
    const record = await withControl(settings, (control) => control.incident(id));
    if (record === null) throw new FatalError(`there is no incident ${id}`, { exitCode: 1 });
    const nowMs = Date.now();
    const told = { rules: loadRules(settings.rulesFolder), detectors: DETECTOR_NAMES };
    const report = postMortem({
      record,
      impact: uncounted(record, nowMs),
      unitOf: (alert) => alertTold(told, alert).unit,
      publicUrl: settings.publicUrl,
      nowMs,
    });
    context.print(format === 'json' ? JSON.stringify(report, null, 2) : postMortemMarkdown(report));
    return 0;
  },
};

function uncounted({ beganAtMs, openedAtMs, resolvedAtMs }: IncidentRecord, nowMs: number): Impact {
  return {
    fromMs: beganAtMs ?? openedAtMs,
    toMs: resolvedAtMs ?? nowMs,
    predictions: null,
    versions: [],
    budgets: [],
    why: 'the running appliance owns the predictions; its API and pages tell them',
  };
}
