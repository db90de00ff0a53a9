import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { base, controls, surfaces } from '../styles.ts';
import type { ActionRun, Health, RunStep } from '../types.ts';
import './approve-form.ts';
import './plan.ts';
import './status.ts';
import './time.ts';

const STATES: Readonly<Record<ActionRun['state'], { readonly health: Health; readonly word: string }>> = {
  suppressed: { health: 'silent', word: 'Not started' },
  requested: { health: 'learning', word: 'Requested' },
  accepted: { health: 'learning', word: 'Accepted' },
  training: { health: 'learning', word: 'Training' },
  candidate: { health: 'learning', word: 'Candidate ready' },
  proposed: { health: 'drifting', word: 'Waiting for approval' },
  approved: { health: 'learning', word: 'Approved' },
  calling: { health: 'learning', word: 'Carrying out' },
  verifying: { health: 'learning', word: 'Verifying' },
  done: { health: 'healthy', word: 'Done' },
  failed: { health: 'action', word: 'Failed' },
  expired: { health: 'silent', word: 'Expired' },
};

const STEPS: Readonly<Record<RunStep['state'], { readonly health: Health; readonly word: string }>> = {
  pending: { health: 'silent', word: 'Pending' },
  waiting: { health: 'drifting', word: 'Waiting' },
  running: { health: 'learning', word: 'Running' },
  done: { health: 'healthy', word: 'Done' },
  failed: { health: 'action', word: 'Failed' },
};

const TITLES = { approve: 'Approve', call: 'Call', verify: 'Verify from the predictions' } as const;

const runStyles = css`
  .card {
    padding: 16px;
  }
  .head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 4px 12px;
  }
  .reason {
    margin: 6px 0 0;
    max-width: 70ch;
  }
  lw-plan,
  lw-approve-form,
  .steps {
    margin-top: 16px;
  }
  .step {
    position: relative;
    display: grid;
    grid-template-columns: 20px minmax(0, 1fr);
    gap: 4px 12px;
    padding-bottom: 14px;
  }
  .step:last-child {
    padding-bottom: 0;
  }
  .dot {
    display: grid;
    place-items: center;
    width: 20px;
    height: 20px;
    border: 1px solid var(--lw-line);
    border-radius: 50%;
    background: var(--lw-raised);
    color: var(--lw-quiet);
    font-size: 12px;
    font-weight: 600;
  }
  .step:not(:last-child)::before {
    content: '';
    position: absolute;
    top: 22px;
    bottom: 0;
    left: 9.5px;
    width: 1px;
    background: var(--lw-line);
  }
  .step .line {
    display: flex;
    flex-wrap: wrap;
    gap: 0 12px;
  }
`;

/** One retraining or rollback: why, exactly what, and how far it is. */
@customElement('lw-run-card')
export class RunCard extends LitElement {
  static override styles = [base, controls, surfaces, runStyles];
  @property({ attribute: false }) run: ActionRun | null = null;
  @property({ type: Number }) now = 0;
  @property({ type: Boolean }) operable = false;
  @state() private told = '';

  override render() {
    const { run } = this;
    if (run === null) return nothing;
    const { health, word } = STATES[run.state];
    return html`<article class="card">
      <div class="head">
        <h3>${titleOf(run)}</h3>
        <lw-status health=${health} word=${word}></lw-status>
      </div>
      <p class="reason">${run.reason}</p>
      ${run.plan === null ? nothing : html`<lw-plan .plan=${run.plan} hash=${run.planHash ?? ''}></lw-plan>`}
      ${this.approval(run)} ${this.steps(run)}
      <p class="hidden-text" role="status">${this.told}</p>
    </article>`;
  }

  private approval(run: ActionRun) {
    if (run.state !== 'proposed' || run.planHash === null) return nothing;
    if (!this.operable) {
      return html`<p class="quiet reason">
        Approving needs a key with the scope «operate»; yours does not have it.
      </p>`;
    }
    return html`<lw-approve-form
      .run=${run}
      @changed=${() => (this.told = `${titleOf(run)}: approved`)}
    ></lw-approve-form>`;
  }

  private steps(run: ActionRun) {
    if (run.steps.length === 0) return nothing;
    return html`<ol class="steps" aria-label="Steps">
      ${run.steps.map((step, index) => stepView(step, index, run))}
    </ol>`;
  }
}

function stepView(step: RunStep, index: number, run: ActionRun) {
  const { health, word } = STEPS[step.state];
  const by = step.name === 'approve' && run.approvedBy !== null ? ` by ${run.approvedBy}` : '';
  return html`<li class="step">
    <span class="dot" aria-hidden="true">${index + 1}</span>
    <div>
      <div class="line">
        <span class="strong">${TITLES[step.name]}</span
        ><lw-status health=${health} word=${word + by}></lw-status>
      </div>
      <p class="quiet small wrap">
        ${step.text}${step.atMs === null ? nothing : html` · <lw-time .ms=${step.atMs}></lw-time>`}
      </p>
    </div>
  </li>`;
}

function titleOf(run: ActionRun): string {
  if (run.kind === 'rollback') return run.plan === null ? 'Rollback' : `Roll back to ${run.plan.toVersion}`;
  return run.state === 'suppressed' ? 'Retraining was not started' : 'Retraining';
}
