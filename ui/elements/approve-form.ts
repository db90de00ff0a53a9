import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { api, ApiFailure } from '../api.ts';
import { fieldOf } from '../forms.ts';
import { base, controls } from '../styles.ts';
import type { ActionRun } from '../types.ts';

/**
 * Approves exactly the plan that is shown: its hash is taken when the form is drawn and sent along. One press counts
 * once, whatever is pressed meanwhile.
 */
@customElement('lw-approve-form')
export class ApproveForm extends LitElement {
  static override styles = [
    base,
    controls,
    css`
      form {
        display: grid;
        gap: 10px;
        padding: 14px;
        border: 1px solid var(--lw-line);
        border-radius: 6px;
        background: var(--lw-raised);
      }
    `,
  ];
  @property({ attribute: false }) run: ActionRun | null = null;
  @state() private busy = false;
  @state() private problem = '';
  private sent = false;

  override render() {
    const { run } = this;
    if (run?.plan === null || run?.planHash === null || run === null) return nothing;
    return html`<form @submit=${this.submit}>
      <div class="field">
        <label for="reason">Why is this right? It is kept in the audit log.</label>
        <input id="reason" name="reason" required maxlength="500" autocomplete="off" />
      </div>
      <div class="row">
        <button class="primary" type="submit" aria-disabled=${this.busy ? 'true' : 'false'}>
          ${this.busy ? 'Approving' : `Roll back to ${run.plan.toVersion}`}
        </button>
        <span class="quiet small">Sends exactly the request above, once.</span>
      </div>
      <p class="problem" role="alert">${this.problem}</p>
    </form>`;
  }

  private readonly submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const { run } = this;
    const reason = fieldOf(event.target as HTMLFormElement, 'reason');
    if (this.sent || run?.planHash === null || run === null || reason === '') return;
    this.sent = true;
    this.busy = true;
    this.problem = '';
    try {
      await api.approve(run.id, { planHash: run.planHash, reason });
    } catch (error) {
      this.sent = false;
      this.problem = problemOf(error);
    } finally {
      this.busy = false;
    }
    this.dispatchEvent(new Event('changed', { bubbles: true, composed: true }));
  };
}

function problemOf(error: unknown): string {
  if (error instanceof ApiFailure && error.status === 409) {
    return `Nothing was done: ${error.message} Read the plan above again.`;
  }
  return error instanceof Error ? error.message : String(error);
}
