import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { api } from '../api.ts';
import { fieldOf } from '../forms.ts';
import { base, controls, surfaces } from '../styles.ts';
import type { IncidentDetail } from '../types.ts';

type Word = 'comment' | 'mitigate' | 'resolve';

const WORDS: Readonly<
  Record<Word, { readonly button: string; readonly label: string; readonly note: string }>
> = {
  comment: {
    button: 'Add to the timeline',
    label: 'What is to be known?',
    note: 'Kept in the timeline and in the audit log.',
  },
  mitigate: {
    button: 'Mark mitigated',
    label: 'Why are users served well again?',
    note: 'Everybody who was told of it hears it. Another page opens it again.',
  },
  resolve: {
    button: 'Resolve the incident',
    label: 'Why is it over?',
    note: 'Ends every alert of it that still fires; whoever was told of them is told of their end.',
  },
};

/** What a person says about an incident: mitigated, over, or something to be known. */
@customElement('lw-incident-words')
export class IncidentWords extends LitElement {
  static override styles = [
    base,
    controls,
    surfaces,
    css`
      form {
        display: grid;
        gap: 10px;
        padding: 16px;
      }
    `,
  ];
  @property({ attribute: false }) incident: IncidentDetail | null = null;
  @state() private word: Word = 'comment';
  @state() private busy = false;
  @state() private problem = '';
  @state() private left = '';

  override render() {
    const { incident } = this;
    if (incident === null) return nothing;
    const words = wordsFor(incident);
    const word = words.includes(this.word) ? this.word : 'comment';
    const { button, label, note } = WORDS[word];
    return html`<form class="card" @submit=${(event: SubmitEvent) => this.submit(event, incident.id, word)}>
      ${words.length === 1 ? nothing : this.choice(words, word)}
      <div class="field">
        <label for="text">${label}</label>
        <input id="text" name="text" required maxlength="2000" autocomplete="off" />
      </div>
      ${word === 'mitigate' ? nothing : answerField(incident)}
      <div class="row">
        <button class="primary" type="submit" aria-disabled=${this.busy ? 'true' : 'false'}>${button}</button>
        <span class="quiet small">${note}</span>
      </div>
      <p class="problem" role="alert">${this.problem}</p>
      <p class="quiet small" role="status">${this.left}</p>
    </form>`;
  }

  private choice(words: readonly Word[], chosen: Word) {
    return html`<div class="field">
      <label for="word">Say</label>
      <select id="word" name="word" @change=${this.chosen}>
        ${words.map(
          (word) => html`<option value=${word} ?selected=${word === chosen}>${WORDS[word].button}</option>`,
        )}
      </select>
    </div>`;
  }

  private readonly chosen = (event: Event): void => {
    this.word = (event.target as HTMLSelectElement).value as Word;
  };

  private async submit(event: SubmitEvent, id: string, word: Word): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const reason = fieldOf(form, 'text');
    if (this.busy || reason === '') return;
    const answer = fieldOf(form, 'actionable');
    const actionable = answer === '' ? null : answer === 'yes';
    this.busy = true;
    this.problem = '';
    try {
      const { note = '' } = await say({ id, word, reason, actionable });
      this.left = note;
      form.reset();
      this.word = 'comment';
      this.dispatchEvent(new Event('changed', { bubbles: true, composed: true }));
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    } finally {
      this.busy = false;
    }
  }
}

function say(said: {
  readonly id: string;
  readonly word: Word;
  readonly reason: string;
  readonly actionable: boolean | null;
}) {
  const { id, word, reason, actionable } = said;
  if (word === 'mitigate') return api.mitigate(id, reason);
  return word === 'resolve'
    ? api.resolveIncident(id, { reason, actionable })
    : api.comment(id, { reason, actionable });
}

function wordsFor({ state }: IncidentDetail): readonly Word[] {
  if (state === 'resolved') return ['comment'];
  return state === 'mitigated' ? ['comment', 'resolve'] : ['comment', 'mitigate', 'resolve'];
}

function answerField({ actionable }: IncidentDetail) {
  const said = actionable === undefined ? 'not answered' : `as before: ${actionable ? 'yes' : 'no'}`;
  return html`<div class="field">
    <label for="actionable">Was there something to do for a person?</label>
    <select id="actionable" name="actionable">
      <option value="">${said}</option>
      <option value="yes">yes</option>
      <option value="no">no</option>
    </select>
  </div>`;
}
