import { css, html, nothing, type PropertyValues } from 'lit';
import { customElement } from 'lit/decorators.js';
import { api } from '../api.ts';
import '../elements/notice.ts';
import '../elements/skeleton.ts';
import '../elements/status.ts';
import { featureText, windowText } from '../format.ts';
import { Page } from '../page.ts';
import { Resource } from '../resource.ts';
import { href } from '../router.ts';
import { base, controls, surfaces } from '../styles.ts';
import type { Health, ScoreExplanation } from '../types.ts';

const AGAIN: Readonly<
  Record<ScoreExplanation['result'], { readonly health: Health; readonly word: string }>
> = {
  same: { health: 'healthy', word: 'Computed again, bit for bit the same' },
  different: { health: 'drifting', word: 'Computed again, and different' },
  impossible: { health: 'silent', word: 'Cannot be computed again' },
};

/** How did this number come about? */
@customElement('page-score')
export class ScorePage extends Page {
  static override styles = [
    base,
    controls,
    surfaces,
    css`
      .crumb {
        display: inline-block;
        margin-bottom: 8px;
        font-size: 13px;
      }
      .lines {
        display: grid;
        gap: 6px;
        padding: 16px;
        overflow-wrap: anywhere;
      }
      lw-status {
        white-space: normal;
      }
    `,
  ];
  private readonly explanation = new Resource<ScoreExplanation>(this, {
    fetch: (signal) => api.explain(this.route.params['id'] ?? '', signal),
    concerns: () => false,
  });

  override willUpdate(changed: PropertyValues): void {
    if (changed.has('route')) this.explanation.start();
  }

  override render() {
    const { value, failure } = this.explanation;
    const id = this.route.params['id'] ?? '';
    if (value === null)
      return html`<h1>Score ${id}</h1>
        ${
          failure === null
            ? html`<lw-skeleton rows="6"></lw-skeleton>`
            : html`<lw-failure .failure=${failure} @retry=${() => this.explanation.reload()}></lw-failure>`
        }`;
    return this.story(value);
  }

  private story({ score, result, why, differences, sections }: ScoreExplanation) {
    const about = score.subject === '' ? score.model : `${featureText(score.subject)} of ${score.model}`;
    this.entitle(`${score.detector} of ${about}`);
    const { health, word } = AGAIN[result];
    return html`<a class="crumb" href=${href(['models', score.tenant, score.model])}>${score.model}</a>
      <h1>How ${score.detector} of ${about} came about</h1>
      <p class="quiet">Score ${score.id} · ${windowText(score.windowFromMs, score.windowToMs)}</p>
      <p><lw-status health=${health} word=${word}></lw-status></p>
      ${why === null ? nothing : html`<p class="small">${why}</p>`}
      ${differences.map((text) => html`<p class="small">${text}</p>`)}
      ${sections.map(
        ({ title, lines }) =>
          html`<section class="section">
            <div class="section-head"><h2>${title}</h2></div>
            <ul class="card lines">
              ${lines.map((line) => html`<li>${line}</li>`)}
            </ul>
          </section>`,
      )}
      <p class="quiet small section">
        The same on the command line: <code>./leeway explain ${score.id}</code>
      </p>`;
  }
}
