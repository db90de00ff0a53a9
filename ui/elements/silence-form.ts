import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { api } from '../api.ts';
import { lastedText } from '../format.ts';
import { fieldOf } from '../forms.ts';
import { base, controls, surfaces } from '../styles.ts';
import type { Matcher, Me } from '../types.ts';
import './silence-preview.ts';

const HOUR_MS = 3_600_000;
const LENGTHS = [
  { text: '1 hour', ms: HOUR_MS },
  { text: '4 hours', ms: 4 * HOUR_MS },
  { text: '1 day', ms: 24 * HOUR_MS },
  { text: '7 days', ms: 168 * HOUR_MS },
  { text: '30 days', ms: 720 * HOUR_MS },
] as const;

const OPERATORS: readonly { readonly op: Matcher['op']; readonly text: string }[] = [
  { op: '=', text: 'is' },
  { op: '!=', text: 'is not' },
  { op: '=~', text: 'fits the expression' },
  { op: '!~', text: 'does not fit' },
];

/** Labels that every alert has. */
const LABELS = ['model', 'rule', 'subject', 'severity', 'kind'];
const FIRST: Matcher = { name: 'model', op: '=', value: '' };

const formStyles = css`
  form {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 200px), 1fr));
    gap: 12px 16px;
    padding: 16px;
  }
  .all {
    grid-column: 1 / -1;
    min-width: 0;
  }
  fieldset {
    display: grid;
    gap: 8px;
    margin: 0;
    padding: 0;
    border: 0;
  }
  legend {
    margin-bottom: 6px;
    padding: 0;
    font-weight: 500;
  }
  .matcher {
    display: grid;
    grid-template-columns: minmax(0, 1fr) minmax(0, 1fr) minmax(0, 2fr) auto;
    gap: 8px;
  }
  .matcher input,
  .matcher select {
    width: 100%;
    min-width: 0;
  }
  @media (max-width: 560px) {
    .matcher {
      grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
      padding-bottom: 10px;
      border-bottom: 1px solid var(--lw-line);
    }
  }
`;

/** Makes a silence: what it covers, shown before it is made, for how long, and why. */
@customElement('lw-silence-form')
export class SilenceForm extends LitElement {
  static override styles = [base, controls, surfaces, formStyles];
  @property({ attribute: false }) tenants: Me['tenants'] = [];
  @property() tenant: string | null = null;
  /** The longest silence there may be. */
  @property({ type: Number }) longest = 0;
  @state() private chosenTenant: string | null = null;
  @state() private matchers: readonly Matcher[] = [FIRST];
  @state() private busy = false;
  @state() private problem = '';
  @state() private left = '';

  override render() {
    const tenant = this.chosenTenant ?? this.tenant ?? this.tenants[0]?.id ?? '';
    return html`<form class="card" @submit=${(event: SubmitEvent) => this.submit(event, tenant)}>
      ${this.tenantField(tenant)} ${this.lengthField()}
      <fieldset class="all">
        <legend>Alerts of which all of these are true</legend>
        ${this.matchers.map((matcher, index) => this.matcherRow(matcher, index))}
        <div>
          <button type="button" @click=${this.add}>Add a condition</button>
        </div>
        <datalist id="labels">${LABELS.map((name) => html`<option value=${name}></option>`)}</datalist>
      </fieldset>
      <lw-silence-preview
        class="all"
        .tenant=${tenant}
        .matchers=${asked(this.matchers)}
      ></lw-silence-preview>
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
      <p class="quiet small all" role="status">${this.left}</p>
    </form>`;
  }

  private tenantField(tenant: string) {
    return html`<div class="field">
      <label for="tenant">Tenant</label>
      <select id="tenant" name="tenant" @change=${(event: Event) => (this.chosenTenant = valueOf(event))}>
        ${this.tenants.map(
          ({ id, title }) => html`<option value=${id} ?selected=${id === tenant}>${title}</option>`,
        )}
      </select>
    </div>`;
  }

  private lengthField() {
    return html`<div class="field">
      <label for="length">For</label>
      <select id="length" name="length">
        ${LENGTHS.filter(({ ms }) => this.longest === 0 || ms <= this.longest).map(
          ({ text, ms }) => html`<option value=${ms}>${text}</option>`,
        )}
      </select>
      ${
        this.longest === 0
          ? nothing
          : html`<p class="quiet small">
              ${lastedText(this.longest)} at most; a notice comes 15 min before its end.
            </p>`
      }
    </div>`;
  }

  private matcherRow({ name, op, value }: Matcher, index: number) {
    const number = index + 1;
    const change = (part: Partial<Matcher>) => this.change(index, part);
    return html`<div class="matcher">
      <input
        list="labels"
        aria-label="Label ${number}"
        placeholder="label"
        autocomplete="off"
        .value=${name}
        @input=${(event: Event) => change({ name: valueOf(event) })}
      />
      <select
        aria-label="Condition ${number}"
        @change=${(event: Event) => change({ op: valueOf(event) as Matcher['op'] })}
      >
        ${OPERATORS.map((each) => html`<option value=${each.op} ?selected=${each.op === op}>${each.text}</option>`)}
      </select>
      <input
        aria-label="Value ${number}"
        placeholder="value"
        autocomplete="off"
        .value=${value}
        @input=${(event: Event) => change({ value: valueOf(event) })}
      />
      <button
        type="button"
        aria-label="Remove condition ${number}"
        ?disabled=${this.matchers.length === 1}
        @click=${() => (this.matchers = this.matchers.filter((_, at) => at !== index))}
      >
        Remove
      </button>
    </div>`;
  }

  private change(index: number, part: Partial<Matcher>): void {
    this.matchers = this.matchers.map((matcher, at) => (at === index ? { ...matcher, ...part } : matcher));
  }

  private readonly add = (): void => {
    const used = new Set(this.matchers.map(({ name }) => name));
    const name = LABELS.find((label) => !used.has(label)) ?? '';
    this.matchers = [...this.matchers, { ...FIRST, name }];
  };

  private async submit(event: SubmitEvent, tenant: string): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const matchers = asked(this.matchers);
    this.problem = matchers.length === 0 ? 'Name at least one thing that is silenced.' : '';
    if (this.problem !== '' || this.busy) return;
    this.busy = true;
    try {
      const reason = fieldOf(form, 'reason');
      const durationMs = Number(fieldOf(form, 'length'));
      const { note = '' } = await api.silence({ tenant, matchers, durationMs, reason });
      this.left = note;
      form.reset();
      this.matchers = [FIRST];
      this.dispatchEvent(new Event('changed', { bubbles: true, composed: true }));
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    } finally {
      this.busy = false;
    }
  }
}

/** Rows that are filled in. */
function asked(matchers: readonly Matcher[]): readonly Matcher[] {
  return matchers
    .map((matcher) => ({ ...matcher, name: matcher.name.trim(), value: matcher.value.trim() }))
    .filter(({ name, value }) => name !== '' && value !== '');
}

function valueOf(event: Event): string {
  return (event.target as HTMLInputElement | HTMLSelectElement).value;
}
