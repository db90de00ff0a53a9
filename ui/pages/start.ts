import { css, html, type PropertyValues } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { api } from '../api.ts';
import '../elements/key-maker.ts';
import '../elements/lights.ts';
import { failureOf, loaded } from '../elements/loaded.ts';
import '../elements/quarantine.ts';
import '../elements/snippet.ts';
import { counted } from '../format.ts';
import { Page } from '../page.ts';
import { Resource } from '../resource.ts';
import { keyLine, placed } from '../places.ts';
import { SNIPPETS } from '../snippets.ts';
import { base, controls, surfaces } from '../styles.ts';
import type { IngestStatus } from '../types.ts';

const pageStyles = css`
  .intro {
    margin: 2px 0 20px;
    max-width: 70ch;
    color: var(--lw-quiet);
  }
  .next {
    margin-top: 12px;
  }
  .places {
    display: flex;
    flex-wrap: wrap;
    gap: 8px 32px;
    margin: 0 0 16px;
  }
  .places dd {
    margin: 0;
    overflow-wrap: anywhere;
  }
  .key-line {
    display: block;
    margin-bottom: 16px;
  }
  .tabs {
    display: flex;
    flex-wrap: wrap;
    gap: 4px;
    margin-bottom: 12px;
  }
  .tabs button[aria-pressed='true'] {
    border-color: var(--lw-accent);
    background: var(--lw-accent-soft);
  }
`;

/** Does my data arrive, and if not, what is wrong with it? */
@customElement('page-start')
export class StartPage extends Page {
  static override styles = [base, controls, surfaces, pageStyles];
  @state() private key: string | null = null;
  @state() private language = 'curl';
  private readonly status = new Resource<IngestStatus>(this, {
    fetch: (signal) => api.ingestStatus(this.chosen, signal),
    concerns: (event) => event.tenant === this.chosen,
  });

  /** The tenant whose status is shown; a key is kept in sight until another one is chosen. */
  private shown: string | null = null;

  private get chosen(): string {
    return this.tenant ?? this.me?.tenants[0]?.id ?? '';
  }

  override willUpdate(changed: PropertyValues): void {
    if ((!changed.has('route') && !changed.has('me')) || this.chosen === this.shown) return;
    this.shown = this.chosen;
    this.key = null;
    this.status.start();
  }

  override render() {
    return html`<h1>Send your first prediction</h1>
      <p class="intro">
        Sending as <strong>${this.tenantTitle()}</strong>. The four lights below follow what arrives; a model
        appears by itself with its first prediction.
      </p>
      ${failureOf(this.status)} ${loaded(this.status, (value) => this.content(value))}`;
  }

  private tenantTitle(): string {
    return this.me?.tenants.find(({ id }) => id === this.chosen)?.title ?? this.chosen;
  }

  private content(value: IngestStatus) {
    return html`<lw-lights .lights=${value.lights}></lw-lights>
      <p class="next">
        <strong>${counted(value.predictions, 'prediction')}</strong>, training rows included, and
        <strong>${counted(value.labels, 'label')}</strong> are stored. ${value.next}
      </p>
      <section class="section">
        <div class="section-head"><h2>1. A key</h2></div>
        <lw-key-maker
          tenant=${this.chosen}
          ?allowed=${this.may('admin')}
          @made=${(event: CustomEvent<string>) => (this.key = event.detail)}
        ></lw-key-maker>
      </section>
      <section class="section">
        <div class="section-head">
          <h2>2. A prediction</h2>
          <p>${this.key === null ? 'Put your key in its place' : 'The key is filled in'}</p>
        </div>
        ${this.snippets(value)}
      </section>
      ${quarantine(value)}`;
  }

  private snippets(value: IngestStatus) {
    const chosen = SNIPPETS.find(({ id }) => id === this.language) ?? SNIPPETS[0];
    return html`${places(value)}
      <lw-snippet class="key-line" label="The key, for each of them" .code=${keyLine(this.key)}></lw-snippet>
      <div class="tabs" role="group" aria-label="Language">
        ${SNIPPETS.map(
          ({ id, title }) =>
            html`<button
              type="button"
              aria-pressed=${id === this.language ? 'true' : 'false'}
              @click=${() => (this.language = id)}
            >
              ${title}
            </button>`,
        )}
      </div>
      <lw-snippet
        label=${chosen?.title ?? ''}
        .code=${chosen === undefined ? '' : placed(chosen.code, value).trimEnd()}
      ></lw-snippet>`;
  }
}

/** Where clients that are set up by hand send to. */
function places({ jsonUrl, otlpUrl, grpcAddress }: IngestStatus) {
  const known = [
    ['JSON, Arrow, Parquet', jsonUrl],
    ['OTLP over HTTP', otlpUrl],
    ['OTLP over gRPC', grpcAddress ?? 'not taken: set listen.grpcPort'],
  ];
  return html`<dl class="places">
    ${known.map(
      ([name, place]) =>
        html`<div>
          <dt class="small quiet">${name}</dt>
          <dd class="mono">${place}</dd>
        </div>`,
    )}
  </dl>`;
}

function quarantine({ quarantine: examples, refused }: IngestStatus) {
  return html`<section class="section">
    <div class="section-head">
      <h2>Refused records</h2>
      <p>Nothing is dropped in silence: the first examples of each reason</p>
    </div>
    <lw-quarantine .totals=${refused} .examples=${examples}></lw-quarantine>
  </section>`;
}
