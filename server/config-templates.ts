import { templateMistake } from './act/template-check.ts';
import { TEMPLATES } from './act/own-words.ts';
import type { ReceiverFile } from './config-receivers.ts';
import type { Remark } from './config-route-check.ts';

/** Templates that cannot be read, or that some notice could not be put into. */
export function templateMistakes(receivers: readonly ReceiverFile[]): readonly Remark[] {
  return receivers.flatMap((receiver, index) => {
    if (!('templates' in receiver) || receiver.templates === undefined) return [];
    const forms = TEMPLATES[receiver.type];
    const templates: Readonly<Record<string, string | undefined>> = receiver.templates;
    return Object.entries(forms).flatMap(([name, { format }]) => {
      const text = templates[name];
      const mistake = text === undefined ? null : templateMistake(text, format);
      if (mistake === null) return [];
      const path = ['receivers', index, 'templates', name];
      return [{ path, column: mistake.column, message: `${path.join('.')}: ${mistake.message}` }];
    });
  });
}
