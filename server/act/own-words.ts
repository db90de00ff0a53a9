import type { Notice } from '../model.ts';
import { masked } from './masked.ts';
import { messageOf, shortened, type Message } from './message.ts';
import { rendered, TemplateError, type TemplateProblem, type TextFormat } from './template-engine.ts';
import { noticeValues } from './template-values.ts';

/** What a receiver's templates make of a notice; where they make nothing of it, Leeway's own words stand. */

export interface TemplateForm {
  readonly format: TextFormat;
  /** Characters that the receiver takes. */
  readonly most: number;
  readonly isLine: boolean;
}

const line = (most: number) => ({ format: 'plain', most, isLine: true }) as const;
const block = (format: TextFormat, most: number) => ({ format, most, isLine: false }) as const;

/** The templates of each type of receiver. Slack and PagerDuty refuse longer texts; those of a mail are only bounded. */
export const TEMPLATES = {
  slack: { title: line(150), text: block('mrkdwn', 3000) },
  email: { subject: line(250), text: block('plain', 100_000), html: block('html', 100_000) },
  pagerduty: { summary: line(1024) },
} as const satisfies Readonly<Record<string, Readonly<Record<string, TemplateForm>>>>;

type TemplatedType = keyof typeof TEMPLATES;
type NameOf<T extends TemplatedType> = Extract<keyof (typeof TEMPLATES)[T], string>;

/** A template that was not used, and why in a word. Never what it would have said. */
export interface TemplateFailure {
  readonly template: string;
  readonly problem: TemplateProblem;
  /** `line:column` in the template. */
  readonly place: string;
}

export interface OwnWords<T extends TemplatedType> {
  /** By template; absent where it is not there, failed or came out blank. */
  readonly words: Readonly<Partial<Record<NameOf<T>, string>>>;
  readonly failures: readonly TemplateFailure[];
}

interface Wording<T extends TemplatedType> {
  readonly type: T;
  readonly templates?: Readonly<Partial<Record<NameOf<T>, string | undefined>>> | undefined;
}

/** What is told with which templates; `secrets` may be in no text. */
interface Telling<T extends TemplatedType> {
  readonly settings: Wording<T>;
  readonly secrets?: readonly string[];
  readonly onTemplateFailure?: (failure: TemplateFailure) => void;
}

/** Never throws; tells of every failure. */
export function wordsFor<T extends TemplatedType>(
  { settings, secrets = [], onTemplateFailure }: Telling<T>,
  notice: Notice,
): OwnWords<T> {
  const own = ownWords(settings, notice, secrets);
  for (const failure of own.failures) onTemplateFailure?.(failure);
  return own;
}

function ownWords<T extends TemplatedType>(
  { type, templates }: Wording<T>,
  notice: Notice,
  secrets: readonly string[],
): OwnWords<T> {
  const forms: Readonly<Record<string, TemplateForm>> = TEMPLATES[type];
  const given = Object.entries<string | undefined>(templates ?? {}).flatMap(([template, text]) => {
    const form = forms[template];
    return form === undefined || text === undefined ? [] : [{ template, text, form }];
  });
  const values = given.length === 0 ? null : valuesOf(notice);
  const tried = given.map((one) => ({ template: one.template, ...attempted(one, values, secrets) }));
  const words = tried.flatMap(({ template, said }) => (said === '' ? [] : [[template, said]]));
  return {
    words: Object.fromEntries(words) as OwnWords<T>['words'],
    failures: tried.flatMap(({ template, failure }) => (failure === null ? [] : [{ template, ...failure }])),
  };
}

type Values = Readonly<Record<string, unknown>>;

/** null: the notice is damaged. */
function valuesOf(notice: Notice): Values | null {
  try {
    return noticeValues(notice, messageOf(notice));
  } catch {
    return null;
  }
}

function attempted(
  { text, form }: { readonly text: string; readonly form: TemplateForm },
  values: Values | null,
  secrets: readonly string[],
): { readonly said: string; readonly failure: Omit<TemplateFailure, 'template'> | null } {
  try {
    if (values === null) throw new TemplateError('other', 'the notice is damaged', 0);
    const said = fitted(masked(rendered(text, form.format, values), secrets), form);
    return { said, failure: null };
  } catch (error) {
    const { problem, index } =
      error instanceof TemplateError ? error : ({ problem: 'other', index: 0 } as const);
    return { said: '', failure: { problem, place: placeOf(text, index) } };
  }
}

/** Without control characters, on one line where it has to be, and no longer than is taken. Throws TemplateError. */
function fitted(text: string, { format, most, isLine }: TemplateForm): string {
  const clean = isLine
    ? text.replaceAll(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
    : text
        .replaceAll('\r\n', '\n')
        .replaceAll(/(?![\n\t])\p{Cc}/gu, '')
        .trim();
  if (clean.length <= most) return clean;
  switch (format) {
    case 'plain':
      return shortened(clean, most);
    case 'mrkdwn':
      return shortened(clean, most).replace(BROKEN_END, '…');
    case 'html':
      throw new TemplateError('length', `is longer than ${most} characters`, 0);
  }
}

/** Half a link of Slack, or half of what stands for one of its control characters. */
const BROKEN_END = /(?:<[^<>]{0,500}|&[a-z]{0,4})…$/;

function placeOf(text: string, index: number): string {
  const lines = text.slice(0, index).split('\n');
  return `${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
}

/** One sentence for those who read the notice; null: nothing failed. */
export function failureText(receiver: string, failures: readonly TemplateFailure[]): string | null {
  if (failures.length === 0) return null;
  const names = failures.map(({ template }) => template).join(' and ');
  return `These are Leeway's own words: the template ${names} of the receiver ${receiver} failed.`;
}

/** The message with what failed in its last line. */
export function withFailures(
  message: Message,
  receiver: string,
  failures: readonly TemplateFailure[],
): Message {
  const text = failureText(receiver, failures);
  return text === null ? message : { ...message, footer: `${message.footer}. ${text}` };
}
