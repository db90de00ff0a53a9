import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { api } from '../api.ts';
import { counted, instantText, plain, relative, sentence } from '../format.ts';
import { href } from '../router.ts';
import { base, controls } from '../styles.ts';
import type { AlertExplanationTold } from '../types.ts';
import './time.ts';

type Group = AlertExplanationTold['groups'][number];
type Held = AlertExplanationTold['heldBack'][number];

const OUTCOMES = {
  handles: 'handles it',
  passes_down: 'passes it down',
  does_not_match: 'does not match',
  not_reached: 'not reached',
} as const;

const STATES = { pending: 'waiting', leased: 'being sent', sent: 'delivered', dead: 'given up' } as const;

const whyStyles = css`
  details {
    margin-top: 10px;
    font-size: 13px;
    line-height: 18px;
  }
  summary {
    cursor: pointer;
    width: fit-content;
    padding: 3px 0;
  }
  section {
    margin-top: 10px;
  }
  h4 {
    margin: 0 0 2px;
    font-size: 13px;
    line-height: 18px;
    font-weight: 600;
  }
  ul {
    padding-left: 16px;
    list-style: disc;
  }
  ul.tree {
    padding-left: 0;
    list-style: none;
  }
  .depth-1 {
    padding-left: 16px;
  }
  .depth-2 {
    padding-left: 32px;
  }
  .depth-3 {
    padding-left: 48px;
  }
  li {
    margin-bottom: 2px;
    overflow-wrap: anywhere;
  }
`;

/** Why somebody was told of an alert, or was not; loaded when it is opened, and again on demand. */
@customElement('lw-why-told')
export class WhyTold extends LitElement {
  static override styles = [base, controls, whyStyles];
  @property() alertId = '';
  @state() private value: AlertExplanationTold | null = null;
  @state() private problem = '';
  private running: AbortController | null = null;

  override disconnectedCallback(): void {
    this.running?.abort();
    super.disconnectedCallback();
  }

  override render() {
    return html`<details @toggle=${this.toggled}>
      <summary>Why was (or wasn’t) I told?</summary>
      <p class="problem" role="alert">${this.problem}</p>
      ${this.value === null ? nothing : content(this.value)}
    </details>`;
  }

  private readonly toggled = (event: Event): void => {
    if ((event.target as HTMLDetailsElement).open) void this.load();
  };

  private async load(): Promise<void> {
    this.running?.abort();
    const running = new AbortController();
    this.running = running;
    this.problem = '';
    try {
      this.value = await api.whyTold(this.alertId, running.signal);
    } catch (error) {
      if (!running.signal.aborted) this.problem = error instanceof Error ? error.message : String(error);
    }
  }
}

function content(told: AlertExplanationTold) {
  const { summary, heldBack, groups, asOfMs } = told;
  return html`${section('In short', listOf(summary.map((line) => html`<li>${line}</li>`)))}
  ${
    heldBack.length === 0
      ? nothing
      : section('What holds it back', listOf(heldBack.map((held) => heldView(held, asOfMs))))
  }
  ${groups.map((group) => groupView(group, asOfMs))} ${section('Routes', routesView(told))}
  ${section('Deliveries', deliveriesView(told))}`;
}

function section(heading: string, body: unknown) {
  return html`<section>
    <h4>${heading}</h4>
    ${body}
  </section>`;
}

function listOf(items: readonly unknown[]) {
  return html`<ul>
    ${items}
  </ul>`;
}

function routesView({ routes, notRouted }: AlertExplanationTold) {
  return html`<ul class="tree">
      ${routes.map(
        ({ route, depth, outcome, why }) =>
          html`<li class="depth-${Math.min(depth, 3)}">
            <span class=${outcome === 'handles' ? 'strong' : 'quiet'}>${route}</span> ${OUTCOMES[outcome]}
            <span class="quiet">(${why})</span>
          </li>`,
      )}
    </ul>
    ${
      notRouted.length === 0
        ? nothing
        : html`<p class="quiet">Not on any route of it: ${notRouted.join(', ')}.</p>`
    }`;
}

function deliveriesView({ deliveries, scoreId }: AlertExplanationTold) {
  return html`${
    deliveries.length === 0 ? html`<p class="quiet">None so far.</p>` : listOf(deliveries.map(deliveryView))
  }
  ${
    scoreId === null
      ? nothing
      : html`<p><a href=${href(['scores', String(scoreId)])}>How the score came about</a></p>`
  }`;
}

function heldView({ by, id, text, untilMs }: Held, nowMs: number) {
  return html`<li>
    ${by === 'silence' ? html`<a href=${href(['silences'], { id })}>${text}</a>` : text}
    ${untilMs === null ? nothing : html`<span class="quiet">until ${instantText(untilMs)}, ${relative(untilMs, nowMs)}</span>`}
  </li>`;
}

function groupView(group: Group, nowMs: number) {
  const { route, labels, alerts, text, dueAtMs, escalation, fallbackAtMs } = group;
  const name = Object.entries(labels)
    .map(([label, value]) => `${label} ${value}`)
    .join(', ');
  return html`<section>
    <h4>${route === '' ? 'Digest' : `Group of route ${route}`}</h4>
    <p class="quiet">${name === '' ? nothing : `${name}; `}${counted(alerts, 'alert')}. ${text}</p>
    <ul>
      ${group.receivers.map(({ receiver, text }) => html`<li><span class="strong">${receiver}</span>: ${text}</li>`)}
      ${dueAtMs === null ? nothing : html`<li>Looked at next ${relative(dueAtMs, nowMs)}.</li>`}
      ${
        escalation === null
          ? nothing
          : html`<li>
              Escalates to ${escalation.receivers.join(', ')} ${relative(escalation.dueAtMs, nowMs)}.
            </li>`
      }
      ${fallbackAtMs === null ? nothing : html`<li>The fallback is told ${relative(fallbackAtMs, nowMs)}.</li>`}
    </ul>
  </section>`;
}

function deliveryView({
  receiver,
  reason,
  state,
  attempt,
  createdAtMs,
  detail,
}: AlertExplanationTold['deliveries'][number]) {
  const tries = attempt > 1 ? `, ${counted(attempt, 'attempt')}` : '';
  return html`<li>
    ${receiver}: ${sentence(plain(reason))}, ${STATES[state]}${tries},
    <lw-time .ms=${createdAtMs}></lw-time>${
      state === 'dead' && detail !== null ? html` <span class="quiet">(${detail})</span>` : nothing
    }
  </li>`;
}
