import { css, html, nothing, type PropertyValues } from 'lit';
import { customElement } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { api } from '../api.ts';
import '../elements/alert-card.ts';
import '../elements/drift-table.ts';
import '../elements/fairness-card.ts';
import { failureOf } from '../elements/loaded.ts';
import '../elements/model-head.ts';
import '../elements/notice.ts';
import '../elements/prediction-card.ts';
import '../elements/schema.ts';
import '../elements/skeleton.ts';
import '../elements/slo-card.ts';
import '../elements/status.ts';
import '../elements/time.ts';
import '../elements/versions.ts';
import '../elements/volume.ts';
import { counted, instantText, relative, sentence } from '../format.ts';
import { Page } from '../page.ts';
import { healthOf, urgentFirst } from '../ranks.ts';
import { Resource } from '../resource.ts';
import { href } from '../router.ts';
import { base, controls, surfaces } from '../styles.ts';
import type { ModelDetail } from '../types.ts';
import { baselines, feed, labels, ranking, section, windowNote } from './model-sections.ts';

const pageStyles = css`
  .slos {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr));
    gap: 16px;
  }
  .body[aria-busy='true'] {
    opacity: 0.6;
  }
  .incident {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 16px;
    padding: 12px 16px;
  }
  .ranking {
    margin-top: 8px;
    overflow-wrap: anywhere;
  }
  .open {
    margin-top: 16px;
    border-left: 3px solid var(--lw-crit);
  }
`;

/** Is this model healthy; if not, which input, which group, since which release? */
@customElement('page-model')
export class ModelPage extends Page {
  static override styles = [base, controls, surfaces, pageStyles];
  private moving = false;
  private readonly detail = new Resource<ModelDetail>(this, {
    fetch: (signal) => api.model({ ...this.key, window: this.pinned }, signal),
    concerns: (event) =>
      event.tenant === this.key.tenant && (event.model === null || event.model === this.key.model),
  });

  private get key(): { readonly tenant: string; readonly model: string } {
    return { tenant: this.route.params['tenant'] ?? '', model: this.route.params['model'] ?? '' };
  }

  private get pinned(): string | null {
    return this.route.query['window'] ?? null;
  }

  override willUpdate(changed: PropertyValues): void {
    if (!changed.has('route')) return;
    const { value } = this.detail;
    const keep = value?.model === this.key.model && value.tenant === this.key.tenant;
    this.moving = keep;
    this.detail.start({ keep });
  }

  override render() {
    const { value, failure, loading } = this.detail;
    if (!loading) this.moving = false;
    if (value === null) {
      return html`<h1>${this.key.model}</h1>
        ${failure === null ? html`<lw-skeleton rows="9"></lw-skeleton>` : failureOf(this.detail)}`;
    }
    this.entitle(value.title);
    return html`${failureOf(this.detail)}
      <lw-model-head .model=${value} .pinned=${this.pinned}></lw-model-head>
      ${openIncident(value)}
      <div class="body" aria-busy=${this.moving ? 'true' : 'false'}>${this.evidence(value)}</div>`;
  }

  private evidence(model: ModelDetail) {
    const first = asksFirst(model);
    return html`${first ? this.alerts(model) : nothing} ${drift(model)} ${baselines(model)}
    ${predictions(model)} ${feed(model)} ${labels(model)} ${traffic(model)} ${objectives(model)}
    ${groups(model)} ${versions(model)} ${schema(model)} ${first ? nothing : this.alerts(model)}
    ${past(model)}`;
  }

  private alerts(model: ModelDetail) {
    const firing = urgentFirst(model.alerts.filter((alert) => alert.state === 'firing'));
    return section(
      { title: 'Open alerts', note: 'Told once, announced again when they end' },
      firing.length === 0
        ? html`<lw-notice
            inline
            heading="No open alerts"
            text="Every rule is quiet for this model."
          ></lw-notice>`
        : html`<div class="stack" @changed=${() => this.detail.reload()}>
            ${repeat(
              firing,
              (alert) => alert.id,
              (alert) =>
                html`<lw-alert-card
                  .alert=${alert}
                  .now=${model.asOfMs}
                  ?operable=${this.may('operate')}
                ></lw-alert-card>`,
            )}
          </div>`,
    );
  }
}

/** Alerts of no open incident have nowhere else to be answered, so they come before the evidence. */
function asksFirst({ alerts, incidents }: ModelDetail): boolean {
  return (
    alerts.some((alert) => alert.state === 'firing') &&
    incidents.every((incident) => incident.state === 'resolved')
  );
}

function openIncident({ incidents }: ModelDetail) {
  const open = incidents.find((incident) => incident.state !== 'resolved');
  if (open === undefined) return nothing;
  return html`<div class="card incident open">
    <lw-status health=${healthOf(open)} word="Incident ${open.state}"></lw-status>
    <a href=${href(['incidents', open.id])}>${open.title}</a>
    <span class="quiet">since <lw-time .ms=${open.openedAtMs}></lw-time></span>
  </div>`;
}

function drift(model: ModelDetail) {
  const content =
    model.baseline === null || model.drift.length === 0
      ? html`<lw-notice
          kind="pending"
          heading=${model.baseline === null ? 'There is no baseline yet' : 'No window has been judged yet'}
          text=${pendingText(model)}
        ></lw-notice>`
      : html`<lw-drift-table
            .rows=${model.drift}
            .distributions=${model.distributions}
            .checks=${model.checks}
          ></lw-drift-table>
          ${ranking(model)}`;
  return section({ title: 'Drift by feature', note: windowNote(model) }, content);
}

function pendingText(model: ModelDetail): string {
  const next =
    model.nextRunMs === null ? '' : ` The next run is due ${relative(model.nextRunMs, model.asOfMs)}.`;
  const have = `${counted(model.predictions, 'prediction is', 'predictions are')} stored.`;
  return model.baseline === null
    ? `Drift is a comparison. ${model.baselineCard.waiting ?? 'It starts once enough rows for a baseline have come.'} ${have}${next}`
    : `Judged are closed windows that begin after the baseline's last row, of ${instantText(model.baseline.toMs)}. ${have}${next}`;
}

function predictions(model: ModelDetail) {
  const main = model.drift.find(({ feature }) => feature.startsWith('$'))?.comparison;
  const ids = new Set(
    model.drift.filter(({ comparison }) => comparison === main).map(({ scoreId }) => scoreId),
  );
  const shown = model.distributions.filter(
    ({ feature, scoreId }) => feature.startsWith('$') && ids.has(scoreId),
  );
  if (shown.length === 0) return nothing;
  return section(
    { title: 'What the model answers', note: windowNote(model) },
    html`<lw-prediction-card .distributions=${shown}></lw-prediction-card>`,
  );
}

function traffic(model: ModelDetail) {
  const content =
    model.volume.length === 0
      ? html`<lw-notice
          kind="never"
          heading="No predictions yet"
          text="They are drawn here by version."
        ></lw-notice>`
      : html`<div class="card padded">
          <lw-volume label="Predictions by version" .cells=${model.volume}></lw-volume>
        </div>`;
  return section({ title: 'Predictions by version', note: 'Times in UTC' }, content);
}

function objectives(model: ModelDetail) {
  const content =
    model.slos.length === 0
      ? html`<lw-notice
          inline
          heading="No objectives are set"
          text="Objectives (availability, latency, quality, freshness, drift, fairness, cost) are named in leeway.yaml, under the model's slos."
        ></lw-notice>`
      : html`<div class="slos">
          ${repeat(
            model.slos,
            (slo) => slo.slo,
            (slo) => html`<lw-slo-card .slo=${slo} .now=${model.asOfMs}></lw-slo-card>`,
          )}
        </div>`;
  return section(
    { title: 'Error budgets', note: 'Burn 1× spends the budget exactly in its period' },
    content,
  );
}

function groups(model: ModelDetail) {
  if (model.fairness.length === 0) return nothing;
  return section(
    { title: 'Fairness by group', note: windowNote(model) },
    html`<div class="stack">
      ${repeat(
        model.fairness,
        (row) => row.attribute,
        (row) => html`<lw-fairness-card .row=${row}></lw-fairness-card>`,
      )}
    </div>`,
  );
}

function versions(model: ModelDetail) {
  return section(
    { title: 'Versions', note: 'As seen in the predictions' },
    model.versions.length === 0
      ? html`<lw-notice kind="never" heading="No version has answered yet"></lw-notice>`
      : html`<lw-versions .versions=${model.versions}></lw-versions>`,
  );
}

function schema(model: ModelDetail) {
  return section(
    { title: 'Schema', note: 'Rows that do not fit are kept, and counted' },
    html`<lw-schema .schema=${model.schema}></lw-schema>`,
  );
}

function past({ incidents }: ModelDetail) {
  if (incidents.length === 0) return nothing;
  const rows = [...incidents].sort((a, b) => b.openedAtMs - a.openedAtMs);
  return section(
    { title: 'Incidents', note: '' },
    html`<div class="card">
      ${rows.map(
        (incident) =>
          html`<div class="incident">
            <lw-status health=${healthOf(incident)} word=${sentence(incident.state)}></lw-status>
            <a href=${href(['incidents', incident.id])}>${incident.title}</a>
            <span class="quiet"><lw-time .ms=${incident.openedAtMs}></lw-time></span>
          </div>`,
      )}
    </div>`,
  );
}
