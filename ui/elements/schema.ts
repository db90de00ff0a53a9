import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { count, number, versionText } from '../format.ts';
import { base, surfaces } from '../styles.ts';
import { tables } from '../table-styles.ts';
import type { ModelDetail } from '../types.ts';
import './notice.ts';
import './time.ts';

type Schema = ModelDetail['schema'];
type Feature = Schema['features'][number];

const WORDS: Readonly<Record<Schema['violations'][number]['kind'], string>> = {
  wrong_kind: 'of another kind',
  below_min: 'below the declared minimum',
  above_max: 'above the declared maximum',
  undeclared_category: 'a category that is not declared',
  undeclared_feature: 'not declared at all',
};

const SOURCES: Readonly<Record<NonNullable<Feature['source']>, string>> = {
  config: 'leeway.yaml',
  api: 'the API',
  event: 'an event',
};

const schemaStyles = css`
  :host {
    display: grid;
    gap: 16px;
  }
  summary {
    padding: 12px 16px;
    cursor: pointer;
  }
  h3 {
    padding: 12px 12px 4px;
  }
`;

/** What the features of a model are, what they were declared to be, and the values that were not so. */
@customElement('lw-schema')
export class SchemaView extends LitElement {
  static override styles = [base, surfaces, tables, schemaStyles];
  @property({ attribute: false }) schema: Schema = { features: [], history: [], violations: [], events: [] };

  override render() {
    const { features, history, violations, events } = this.schema;
    return html`${history.length === 0 ? undeclared() : nothing}
    ${events.length === 0 ? nothing : eventTable(events)}
    ${violations.length === 0 ? clean(history) : violationTable(violations)}
    ${features.length === 0 ? nothing : featureTable(features)}`;
  }
}

function undeclared() {
  return html`<lw-notice
    inline
    heading="No schema is declared"
    text="Features are discovered as they come. Declare kinds, ranges and categories in leeway.yaml under the model's schema, by the API, or with an event leeway.model.schema; values that are not so are then counted here."
  ></lw-notice>`;
}

function clean(history: Schema['history']) {
  if (history.length === 0) return nothing;
  return html`<lw-notice
    inline
    heading="Every value is as declared"
    text="Schema version ${history[0]?.version ?? 1} is in force."
  ></lw-notice>`;
}

function eventTable(events: Schema['events']) {
  return html`<div class="card table-room">
    <table>
      <caption class="hidden-text">
        What does not fit
      </caption>
      <thead>
        <tr>
          <th scope="col">Feature</th>
          <th scope="col">What does not fit</th>
          <th scope="col">First</th>
          <th scope="col" class="number">Rows</th>
          <th scope="col">Version</th>
        </tr>
      </thead>
      <tbody>
        ${events.map(
          (event) =>
            html`<tr>
              <td class="wide strong wrap">${event.feature}</td>
              <td class="wide wrap">${event.text}</td>
              <td><span class="cell-label">First</span><lw-time .ms=${event.firstAtMs}></lw-time></td>
              <td class="number">
                <span class="cell-label">Rows</span>${event.count === 0 ? '–' : count(event.count)}
              </td>
              <td>
                <span class="cell-label">Version</span
                >${event.version === null ? '–' : versionText(event.version)}
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function violationTable(violations: Schema['violations']) {
  return html`<div class="card table-room">
    <table>
      <caption class="hidden-text">
        Values that are not as declared
      </caption>
      <thead>
        <tr>
          <th scope="col">Feature</th>
          <th scope="col">Values that were kept, but are</th>
          <th scope="col" class="number">Rows</th>
          <th scope="col">First</th>
          <th scope="col">Last</th>
          <th scope="col">Version</th>
        </tr>
      </thead>
      <tbody>
        ${violations.map(
          (one) =>
            html`<tr>
              <td class="wide strong wrap">${one.feature}</td>
              <td class="wide">${WORDS[one.kind]}</td>
              <td class="number"><span class="cell-label">Rows</span>${count(one.count)}</td>
              <td><span class="cell-label">First</span><lw-time .ms=${one.firstMs}></lw-time></td>
              <td><span class="cell-label">Last</span><lw-time .ms=${one.lastMs}></lw-time></td>
              <td><span class="cell-label">Version</span>${versionText(one.version)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function featureTable(features: readonly Feature[]) {
  return html`<details class="card">
    <summary>${features.length === 1 ? 'The one feature' : `All ${count(features.length)} features`}</summary>
    <div class="table-room">
      <table>
        <caption class="hidden-text">
          Features
        </caption>
        <thead>
          <tr>
            <th scope="col">Feature</th>
            <th scope="col">Stored as</th>
            <th scope="col">Declared</th>
            <th scope="col">Came with versions</th>
          </tr>
        </thead>
        <tbody>
          ${features.map(
            (feature) =>
              html`<tr>
                <td class="wide strong wrap">${feature.name}</td>
                <td><span class="cell-label">Stored as</span>${storedText(feature)}</td>
                <td class="wrap"><span class="cell-label">Declared</span>${declaredText(feature)}</td>
                <td class="wrap">
                  <span class="cell-label">Came with versions</span>${
                    feature.seen.length === 0 ? 'none yet' : feature.seen.map(seen)
                  }
                </td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
}

function storedText({ kind, declared }: Feature): string {
  if (kind !== null) return kind;
  return declared?.protected === true ? 'protected attribute' : 'nothing yet';
}

function declaredText({ declared, source }: Feature): string {
  if (declared === null || source === null) return 'not declared';
  const { kind, min, max, categories } = declared;
  const parts = [
    kind ?? 'any kind',
    ...(min === null ? [] : [`from ${number(min)}`]),
    ...(max === null ? [] : [`up to ${number(max)}`]),
    ...(categories === null ? [] : [`one of ${count(categories.length)} categories`]),
    ...(declared.protected ? ['protected'] : []),
  ];
  return `${parts.join(', ')}; by ${SOURCES[source]}`;
}

function seen({ version, firstDayMs, lastDayMs }: Feature['seen'][number]) {
  const days = firstDayMs === lastDayMs ? day(firstDayMs) : `${day(firstDayMs)} to ${day(lastDayMs)}`;
  return html`<div>${version === '' ? 'no version' : version} <span class="quiet">${days}</span></div>`;
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
