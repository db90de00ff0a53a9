import { html, type TemplateResult } from 'lit';
import '../elements/baseline-card.ts';
import '../elements/checks.ts';
import '../elements/labels-card.ts';
import '../elements/notice.ts';
import { windowText } from '../format.ts';
import type { ModelDetail } from '../types.ts';

/** Parts of the page of one model: what it is judged against, and what is told beside drift. */

export function section(head: { readonly title: string; readonly note: string }, content: TemplateResult) {
  return html`<section class="section">
    <div class="section-head">
      <h2>${head.title}</h2>
      <p>${head.note}</p>
    </div>
    ${content}
  </section>`;
}

export function windowNote({ window }: ModelDetail): string {
  return window === null ? '' : windowText(window.fromMs, window.toMs);
}

/** In which order features matter, and which of them are one story. */
export function ranking({ checks }: ModelDetail) {
  return checks
    .filter(({ about, value }) => about === 'drift' && value !== null)
    .map(
      ({ title, text }) =>
        html`<p class="small ranking"><b>${title}</b> <span class="quiet">${text}</span></p>`,
    );
}

export function baselines({ baselineCard }: ModelDetail) {
  return section(
    { title: 'Baseline', note: 'What windows are judged against' },
    html`<lw-baseline-card .card=${baselineCard}></lw-baseline-card>`,
  );
}

export function feed(model: ModelDetail) {
  const checks = model.checks.filter(({ about }) => about === 'feed' || about === 'feature');
  return section(
    { title: 'Do rows come as they did?', note: windowNote(model) },
    checks.length === 0
      ? html`<lw-notice
          inline
          heading="Nothing has been judged yet"
          text="Volume, repeated ids, columns, kinds and missing values are looked at in every closed window once there is a baseline."
        ></lw-notice>`
      : html`<lw-checks caption="Whether rows come as they did" .checks=${checks}></lw-checks>`,
  );
}

export function labels(model: ModelDetail) {
  const checks = model.checks.filter(({ about }) => about === 'labels');
  return section(
    { title: 'What labels tell', note: 'The latest windows most of whose labels have come' },
    checks.length === 0
      ? html`<lw-notice
          inline
          heading=${model.labels === 0 ? 'No label has come yet' : 'No window has labels enough yet'}
          text="Send the truth for a prediction by its id, whenever it is known: the error, drift of the labels and calibration are then judged here."
        ></lw-notice>`
      : html`<lw-labels-card .checks=${checks} .charts=${model.labelCharts}></lw-labels-card>`,
  );
}
