import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { count, number, versionText } from '../format.ts';
import { base, surfaces } from '../styles.ts';
import { tables } from '../table-styles.ts';
import type { ModelDetail } from '../types.ts';
import { card, dataTable, timeCell } from './data-table.ts';
import type { TableColumn } from './data-table.ts';
import './notice.ts';

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
    ${events.length === 0 ? nothing : card(dataTable('What does not fit', EVENTS, events))}
    ${violations.length === 0 ? clean(history) : card(dataTable('Values that are not as declared', VIOLATIONS, violations))}
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

const EVENTS: readonly TableColumn<Schema['events'][number]>[] = [
  { head: 'Feature', label: null, look: 'wide strong wrap', cell: ({ feature }) => feature },
  { head: 'What does not fit', label: null, look: 'wide wrap', cell: ({ text }) => text },
  { head: 'First', cell: ({ firstAtMs }) => timeCell(firstAtMs) },
  { head: 'Rows', look: 'number', cell: (event) => (event.count === 0 ? '–' : count(event.count)) },
  { head: 'Version', cell: ({ version }) => (version === null ? '–' : versionText(version)) },
];

const VIOLATIONS: readonly TableColumn<Schema['violations'][number]>[] = [
  { head: 'Feature', label: null, look: 'wide strong wrap', cell: ({ feature }) => feature },
  { head: 'Values that were kept, but are', label: null, look: 'wide', cell: ({ kind }) => WORDS[kind] },
  { head: 'Rows', look: 'number', cell: (one) => count(one.count) },
  { head: 'First', cell: ({ firstMs }) => timeCell(firstMs) },
  { head: 'Last', cell: ({ lastMs }) => timeCell(lastMs) },
  { head: 'Version', cell: ({ version }) => versionText(version) },
];

const FEATURES: readonly TableColumn<Feature>[] = [
  { head: 'Feature', label: null, look: 'wide strong wrap', cell: ({ name }) => name },
  { head: 'Stored as', cell: storedText },
  { head: 'Declared', look: 'wrap', cell: declaredText },
  {
    head: 'Came with versions',
    look: 'wrap',
    cell: (feature) => (feature.seen.length === 0 ? 'none yet' : feature.seen.map(seen)),
  },
];

function featureTable(features: readonly Feature[]) {
  return html`<details class="card">
    <summary>${features.length === 1 ? 'The one feature' : `All ${count(features.length)} features`}</summary>
    <div class="table-room">${dataTable('Features', FEATURES, features)}</div>
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
