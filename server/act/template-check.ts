import { messageOf } from './message.ts';
import { assertNames, rendered, TemplateError, type KnownNames, type TextFormat } from './template-engine.ts';
import { SAMPLE, SAMPLES } from './template-samples.ts';
import { noticeValues } from './template-values.ts';

/** What is wrong with a template, and at which character of it, from 1. */
export interface TemplateMistake {
  readonly message: string;
  readonly column: number;
}

/** Reads a template and renders it for every sample notice; null: nothing is wrong with it. */
export function templateMistake(text: string, format: TextFormat): TemplateMistake | null {
  let trying = '';
  try {
    assertNames(text, format, NAMES);
    for (const { words, notice } of SAMPLES) {
      trying = words;
      assertRenders(text, format, noticeValues(notice, messageOf(notice)));
    }
    return null;
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { message: inWords(error, trying), column: error.index + 1 };
  }
}

const NAMES = namesOf(noticeValues(SAMPLE, messageOf(SAMPLE)));

function namesOf(values: Readonly<Record<string, unknown>>): KnownNames {
  const [alert = {}] = values['alerts'] as readonly object[];
  return { values: Object.keys(values), alert: Object.keys(alert) };
}

/** A machine that is busy elsewhere may hold it up once: too slow is what is so twice. */
function assertRenders(text: string, format: TextFormat, values: Readonly<Record<string, unknown>>): void {
  try {
    rendered(text, format, values);
  } catch (error) {
    if (!(error instanceof TemplateError) || error.problem !== 'time') throw error;
    rendered(text, format, values);
  }
}

function inWords({ problem, message }: TemplateError, trying: string): string {
  switch (problem) {
    case 'unknown':
    case 'syntax':
      return message;
    case 'missing':
      return `"${message}" is not there in ${trying}; ask for it within {% if … %} or give it a default`;
    case 'time':
    case 'memory':
    case 'length':
    case 'other':
      return trying === '' ? message : `${message}, for ${trying}`;
  }
}
