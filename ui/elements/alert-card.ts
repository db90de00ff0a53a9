import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { equal } from '../matchers.ts';
import { api } from '../api.ts';
import { featureText, instantText, lastedText, number, percent, sentence } from '../format.ts';
import { fieldOf } from '../forms.ts';
import { base, controls, surfaces } from '../styles.ts';
import type { Alert } from '../types.ts';
import { alertMarks } from './alert-marks.ts';
import './status.ts';
import './time.ts';
import './why-told.ts';

const SILENCE_MS = 4 * 3_600_000;

const alertStyles = css`
  .card {
    padding: 14px 16px;
  }
  .page {
    border-left: 3px solid var(--lw-crit);
  }
  .ticket {
    border-left: 3px solid var(--lw-warn);
  }
  .resolved {
    border-left: 3px solid var(--lw-line);
  }
  .head {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 12px;
    align-items: baseline;
  }
  .summary {
    margin-top: 4px;
    font-weight: 600;
  }
  .facts,
  .actions,
  form {
    margin-top: 10px;
  }
  form {
    display: grid;
    gap: 8px;
    max-width: 460px;
  }
  .cells {
    margin-top: 8px;
    padding-left: 16px;
    list-style: disc;
    color: var(--lw-quiet);
    font-size: 13px;
    line-height: 18px;
  }
`;

/** One alert with its evidence; who may operate can acknowledge, silence and end it. Tells `changed` afterwards. */
@customElement('lw-alert-card')
export class AlertCard extends LitElement {
  static override styles = [base, controls, surfaces, alertStyles];
  @property({ attribute: false }) alert: Alert | null = null;
  @property({ type: Number }) now = 0;
  @property({ type: Boolean }) operable = false;
  @state() private asking = false;
  @state() private busy = false;
  @state() private problem = '';

  override render() {
    const { alert } = this;
    if (alert === null) return nothing;
    return html`<article class="card ${alert.state === 'firing' ? alert.severity : 'resolved'}">
      ${this.head(alert)}
      <p class="summary">${alert.summary}</p>
      ${alert.evidence.text === alert.summary ? nothing : html`<p class="small">${alert.evidence.text}</p>`}
      ${shifts(alert)} ${facts(alert)}
      ${this.operable && alert.state === 'firing' ? this.actions(alert) : nothing}
      ${this.asking ? this.silenceForm(alert) : nothing}
      <lw-why-told alertId=${alert.id}></lw-why-told>
      <p class="problem" role="alert">${this.problem}</p>
    </article>`;
  }

  private head(alert: Alert) {
    const firing = alert.state === 'firing';
    const word = firing ? sentence(alert.severity) : 'Resolved';
    return html`<div class="head small">
      <lw-status
        health=${firing ? (alert.severity === 'page' ? 'action' : 'drifting') : 'healthy'}
        word=${word}
      ></lw-status>
      <span class="quiet">${this.when(alert)}</span>
      ${alertMarks(alert, this.now)}
    </div>`;
  }

  private when({ startedAtMs, resolvedAtMs }: Alert) {
    if (resolvedAtMs === null) return html`opened <lw-time .ms=${startedAtMs} .now=${this.now}></lw-time>`;
    return html`<lw-time .ms=${resolvedAtMs} .now=${this.now}></lw-time> after
      ${lastedText(resolvedAtMs - startedAtMs)}`;
  }

  private actions(alert: Alert) {
    return html`<div class="row actions">
      <button
        type="button"
        title=${acknowledgedTitle(alert)}
        aria-disabled=${this.busy ? 'true' : 'false'}
        @click=${() => this.acknowledge(alert)}
      >
        ${alert.acknowledgedBy === null ? 'Acknowledge' : 'Acknowledge again'}
      </button>
      ${
        alert.silencedBy === null && !this.asking
          ? html`<button type="button" @click=${() => (this.asking = true)}>Silence for 4 h</button>`
          : nothing
      }
      <button
        type="button"
        title="Ends this alert now; it opens again only after a clean window"
        aria-disabled=${this.busy ? 'true' : 'false'}
        @click=${() => this.run(() => api.resolve(alert.id))}
      >
        Resolve
      </button>
    </div>`;
  }

  private silenceForm(alert: Alert) {
    return html`<form @submit=${(event: SubmitEvent) => this.silence(event, alert)}>
      <div class="field">
        <label for="reason">Why is it silenced for 4 h?</label>
        <input id="reason" name="reason" required maxlength="500" autocomplete="off" />
      </div>
      <div class="row">
        <button class="primary" type="submit" aria-disabled=${this.busy ? 'true' : 'false'}>Silence</button>
        <button type="button" @click=${() => (this.asking = false)}>Leave it</button>
      </div>
    </form>`;
  }

  private acknowledge(alert: Alert): Promise<void> {
    return this.run(() => api.acknowledge(alert.id));
  }

  private async silence(event: SubmitEvent, alert: Alert): Promise<void> {
    event.preventDefault();
    const reason = fieldOf(event.target as HTMLFormElement, 'reason');
    if (reason === '') return;
    const subject: Record<string, string> = alert.subject === '' ? {} : { subject: alert.subject };
    const matchers = equal({ model: alert.model, rule: alert.rule, ...subject });
    await this.run(() => api.silence({ tenant: alert.tenant, matchers, durationMs: SILENCE_MS, reason }));
    this.asking = this.problem !== '';
  }

  private async run(act: () => Promise<unknown>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.problem = '';
    try {
      await act();
      this.dispatchEvent(new Event('changed', { bubbles: true, composed: true }));
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    } finally {
      this.busy = false;
    }
  }
}

function acknowledgedTitle({ acknowledgedBy, acknowledgedUntilMs }: Alert): string {
  if (acknowledgedBy === null || acknowledgedUntilMs === null)
    return 'Stops repeats and escalation for a while';
  return `Acknowledged by ${acknowledgedBy} until ${instantText(acknowledgedUntilMs)}; again, it lasts from now on`;
}

function shifts({ evidence }: Alert) {
  const cells = (evidence.cells ?? []).slice(0, 4);
  if (cells.length === 0) return nothing;
  return html`<ul class="cells">
    ${cells.map(
      ({ cell, baselineShare, currentShare }) =>
        html`<li>«${cell}» from ${percent(baselineShare)} to ${percent(currentShare)}</li>`,
    )}
  </ul>`;
}

function facts(alert: Alert) {
  const unit =
    alert.unit === null || alert.value === null ? nothing : html` <span class="quiet">(${alert.unit})</span>`;
  return html`<dl class="facts">
    <div>
      <dt>Rule</dt>
      <dd class="mono">${alert.rule}</dd>
    </div>
    ${
      alert.subject === ''
        ? nothing
        : html`<div>
            <dt>Subject</dt>
            <dd>${featureText(alert.subject)}</dd>
          </div>`
    }
    <div>
      <dt>Score now</dt>
      <dd>${number(alert.value)}${unit}</dd>
    </div>
    <div>
      <dt>Highest score</dt>
      <dd>${number(alert.peak)}</dd>
    </div>
    ${
      alert.evidence.cause === undefined || alert.evidence.cause === alert.evidence.text
        ? nothing
        : html`<div>
            <dt>Likely cause</dt>
            <dd>${alert.evidence.cause}</dd>
          </div>`
    }
  </dl>`;
}
