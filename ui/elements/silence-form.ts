import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { equal } from '../matchers.ts';
import { api } from '../api.ts';
import { fieldOf } from '../forms.ts';
import { base, controls, surfaces } from '../styles.ts';
import type { Me } from '../types.ts';

const HOUR_MS = 3_600_000;
const LENGTHS = [
  { text: '1 hour', ms: HOUR_MS },
  { text: '4 hours', ms: 4 * HOUR_MS },
  { text: '1 day', ms: 24 * HOUR_MS },
  { text: '7 days', ms: 168 * HOUR_MS },
] as const;

const FIELDS = [
  { name: 'model', text: 'Model' },
  { name: 'rule', text: 'Rule' },
  { name: 'subject', text: 'Feature, objective or group' },
] as const;

/** Makes a silence: what it covers, for how long, and why. */
@customElement('lw-silence-form')
export class SilenceForm extends LitElement {
  static override styles = [
    base,
    controls,
    surfaces,
    css`
      form {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 200px), 1fr));
        gap: 12px 16px;
        padding: 16px;
      }
      .all {
        grid-column: 1 / -1;
      }
    `,
  ];
  @property({ attribute: false }) tenants: Me['tenants'] = [];
  @property() tenant: string | null = null;
  @state() private busy = false;
  @state() private problem = '';

  override render() {
    return html`<form class="card" @submit=${this.submit}>
      ${this.tenantField()} ${FIELDS.map(textField)} ${severityField()} ${lengthField()}
      <div class="field all">
        <label for="reason">Why</label>
        <input id="reason" name="reason" required maxlength="500" autocomplete="off" />
      </div>
      <div class="row all">
        <button class="primary" type="submit" aria-disabled=${this.busy ? 'true' : 'false'}>
          Create silence
        </button>
        <span class="quiet small"
          >Alerts still open and close; only telling is held back, and the end is told.</span
        >
      </div>
      <p class="problem all" role="alert">${this.problem === '' ? nothing : this.problem}</p>
    </form>`;
  }

  private tenantField() {
    return html`<div class="field">
      <label for="tenant">Tenant</label>
      <select id="tenant" name="tenant">
        ${this.tenants.map(
          ({ id, title }) => html`<option value=${id} ?selected=${id === this.tenant}>${title}</option>`,
        )}
      </select>
    </div>`;
  }

  private readonly submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const read = (name: string): string => fieldOf(form, name);
    const wanted = [...FIELDS.map(({ name }) => name), 'severity'].map((name) => [name, read(name)] as const);
    const matchers = equal(Object.fromEntries(wanted));
    this.problem = matchers.length === 0 ? 'Name at least one thing that is silenced.' : '';
    if (this.problem !== '' || this.busy) return;
    this.busy = true;
    try {
      await api.silence({
        tenant: read('tenant'),
        matchers,
        durationMs: Number(read('length')),
        reason: read('reason'),
      });
      form.reset();
      this.dispatchEvent(new Event('changed', { bubbles: true, composed: true }));
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    } finally {
      this.busy = false;
    }
  };
}

function textField({ name, text }: (typeof FIELDS)[number]) {
  return html`<div class="field">
    <label for=${name}>${text}</label>
    <input id=${name} name=${name} autocomplete="off" placeholder="any" />
  </div>`;
}

function severityField() {
  return html`<div class="field">
    <label for="severity">Severity</label>
    <select id="severity" name="severity">
      <option value="">any</option>
      <option value="page">page</option>
      <option value="ticket">ticket</option>
    </select>
  </div>`;
}

function lengthField() {
  return html`<div class="field">
    <label for="length">For</label>
    <select id="length" name="length">
      ${LENGTHS.map(({ text, ms }) => html`<option value=${ms}>${text}</option>`)}
    </select>
  </div>`;
}
