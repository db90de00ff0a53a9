import { css, html, nothing, type PropertyValues } from 'lit';
import { customElement } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { api } from '../api.ts';
import '../elements/alert-card.ts';
import '../elements/deliveries.ts';
import '../elements/incident-words.ts';
import { failureOf } from '../elements/loaded.ts';
import '../elements/notice.ts';
import '../elements/run-card.ts';
import '../elements/skeleton.ts';
import '../elements/status.ts';
import '../elements/time.ts';
import '../elements/timeline.ts';
import { lastedText, sentence } from '../format.ts';
import { Page } from '../page.ts';
import { healthOf, urgentFirst } from '../ranks.ts';
import { Resource } from '../resource.ts';
import { href } from '../router.ts';
import { base, controls, surfaces } from '../styles.ts';
import type { ActionRun, IncidentDetail } from '../types.ts';

const pageStyles = css`
  .crumb {
    display: inline-block;
    margin-bottom: 8px;
    font-size: 13px;
    line-height: 18px;
  }
  .title {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 12px;
  }
  .cause {
    margin: 6px 0 12px;
    max-width: 92ch;
    font-size: 20px;
    line-height: 28px;
    letter-spacing: -0.01em;
  }
  .columns {
    display: grid;
    grid-template-columns: minmax(0, 5fr) minmax(0, 3fr);
    gap: 0 24px;
  }
  .section {
    margin-top: 24px;
  }
  .narrow {
    padding: 8px 16px;
  }
  .exports {
    margin-top: 12px;
  }
  .times {
    margin-top: 6px;
  }
  @media (max-width: 1000px) {
    .columns {
      grid-template-columns: minmax(0, 1fr);
    }
  }
`;

/** What happened, what has been done, what do I press next? */
@customElement('page-incident')
export class IncidentPage extends Page {
  static override styles = [base, controls, surfaces, pageStyles];
  private shown: string | null = null;
  private readonly detail = new Resource<IncidentDetail>(this, {
    fetch: (signal) => api.incident(this.route.params['id'] ?? '', signal),
    concerns: (event) => event.kind !== 'ingest' && event.kind !== 'score',
  });

  override willUpdate(changed: PropertyValues): void {
    if (changed.has('route')) this.detail.start({ keep: this.detail.value?.id === this.route.params['id'] });
  }

  override render() {
    const { value, failure } = this.detail;
    if (value === null) {
      return html`<h1>Incident</h1>
        ${failure === null ? html`<lw-skeleton rows="9"></lw-skeleton>` : failureOf(this.detail)}`;
    }
    this.entitle(value.title);
    return html`${failureOf(this.detail)} ${head(value)}
      <div class="columns" @changed=${() => this.detail.reload()}>
        <div>${this.actions(value)} ${this.alerts(value)}</div>
        <div>
          ${timeline(value)} ${this.words(value)} ${told(value, this.route.query['delivery'] ?? null)}
        </div>
      </div>`;
  }

  /** Brings what a link of the timeline asks for into sight, once. */
  override updated(): void {
    const { run, delivery } = this.route.query;
    const asked = run ?? delivery ?? null;
    if (asked === null || asked === this.shown || this.detail.value === null) return;
    this.shown = asked;
    const cards = [...this.renderRoot.querySelectorAll<HTMLElement>('lw-run-card, lw-deliveries')];
    const target = cards.find((card) =>
      run === undefined ? !card.dataset['run'] : card.dataset['run'] === run,
    );
    target?.scrollIntoView({ block: 'center' });
  }

  private words(value: IncidentDetail) {
    return html`<section class="section">
      <div class="section-head"><h2>Say something about it</h2></div>
      ${
        this.may('operate')
          ? html`<lw-incident-words .incident=${value}></lw-incident-words>`
          : html`<p class="quiet">This needs a key with the scope «operate».</p>`
      }
      <p class="exports small">
        Post-mortem, a draft of facts:
        <a href=${api.postMortemUrl(value.id, 'markdown')} download>Markdown</a>,
        <a href=${api.postMortemUrl(value.id, 'json')} download="post-mortem.json">JSON</a>
      </p>
    </section>`;
  }

  private actions({ runs, asOfMs, state }: IncidentDetail) {
    return html`<section class="section">
      <div class="section-head"><h2>${state === 'resolved' ? 'What was done' : 'What to do'}</h2></div>
      ${
        runs.length === 0
          ? html`<lw-notice
              inline
              heading=${state === 'resolved' ? 'Nothing was proposed' : 'Nothing is proposed'}
              text="A rollback or a retraining is proposed when a rule of this model asks for it and one is configured."
            ></lw-notice>`
          : html`<div class="stack">
              ${repeat(
                runs.toSorted(nextFirst),
                (run) => run.id,
                (run) =>
                  html`<lw-run-card
                    data-run=${run.id}
                    .run=${run}
                    .now=${asOfMs}
                    ?operable=${this.may('operate')}
                  ></lw-run-card>`,
              )}
            </div>`
      }
    </section>`;
  }

  private alerts({ alerts, asOfMs }: IncidentDetail) {
    const rows = urgentFirst(alerts);
    return html`<section class="section">
      <div class="section-head"><h2>Alerts and their evidence</h2></div>
      <div class="stack">
        ${repeat(
          rows,
          (alert) => `${alert.id}/${alert.episode}`,
          (alert) =>
            html`<lw-alert-card
              .alert=${alert}
              .now=${asOfMs}
              ?operable=${this.may('operate')}
            ></lw-alert-card>`,
        )}
      </div>
    </section>`;
  }
}

/** What waits for a person comes first, then what is newer; rollbacks before retrainings. */
function nextFirst(a: ActionRun, b: ActionRun): number {
  return (
    Number(b.state === 'proposed') - Number(a.state === 'proposed') ||
    b.kind.localeCompare(a.kind, 'en') ||
    b.createdAtMs - a.createdAtMs
  );
}

function head(incident: IncidentDetail) {
  const open = incident.state !== 'resolved';
  return html`<a class="crumb" href=${href(['incidents'])}>Incidents</a>
    <div class="title">
      <h1>${incident.title}</h1>
      <lw-status health=${healthOf(incident)} word=${sentence(incident.state)}></lw-status>
    </div>
    <p class="cause">${incident.cause ?? 'No likely cause is known yet.'}</p>
    <dl class="facts">
      ${fact('Model', html`<a href=${href(['models', incident.tenant, incident.model])}>${incident.model}</a>`)}
      ${fact('Tenant', incident.tenant)} ${fact('Severity', incident.severity)}
      ${fact(open ? 'Open for' : 'Lasted', lastedText((incident.resolvedAtMs ?? incident.asOfMs) - incident.openedAtMs))}
      ${fact('Opened', html`<lw-time .ms=${incident.openedAtMs}></lw-time>`)}
      ${
        incident.resolvedAtMs === null
          ? nothing
          : fact('Resolved', html`<lw-time .ms=${incident.resolvedAtMs}></lw-time>`)
      }
      ${incident.mitigatedAtMs === null || !open ? nothing : fact('Mitigated', html`<lw-time .ms=${incident.mitigatedAtMs}></lw-time>`)}
      ${incident.resolvedBy === undefined ? nothing : fact('Ended by', incident.resolvedBy)}
    </dl>
    ${times(incident)}`;
}

const MOMENTS = [
  ['detectMs', 'Detected after', 'from the begin of the first bad window'],
  ['notifyMs', 'Told after', 'from the page to the first notice that arrived at a person'],
  ['acknowledgeMs', 'Acknowledged after', 'from the page'],
  ['mitigateMs', 'Mitigated after', 'from the page'],
  ['resolveMs', 'Resolved after', 'from the page'],
] as const;

function times({ times, notices }: IncidentDetail) {
  return html`<dl class="facts times">
    ${MOMENTS.map(([name, text, about]) => {
      const length = times[name];
      return length === null ? nothing : fact(text, html`<span title=${about}>${lastedText(length)}</span>`);
    })}
    ${fact('Notices that arrived', String(notices))}
  </dl>`;
}

function fact(name: string, value: unknown) {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
}

function timeline({ timeline }: IncidentDetail) {
  return html`<section class="section">
    <div class="section-head"><h2>Timeline</h2></div>
    <div class="card padded"><lw-timeline .entries=${timeline}></lw-timeline></div>
  </section>`;
}

function told({ deliveries }: IncidentDetail, shown: string | null) {
  return html`<section class="section">
    <div class="section-head"><h2>Who was told</h2></div>
    ${
      deliveries.length === 0
        ? html`<lw-notice
            inline
            heading="Nobody yet"
            text="No receiver is named for this model, or its group still waits."
          ></lw-notice>`
        : html`<div class="card narrow">
            <lw-deliveries .deliveries=${deliveries} .shown=${shown}></lw-deliveries>
          </div>`
    }
  </section>`;
}
