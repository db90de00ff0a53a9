import { css, html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { api } from '../api.ts';
import { card, dataTable, type TableColumn, timeCell } from '../elements/data-table.ts';
import { DELIVERY_STATES } from '../elements/deliveries.ts';
import { failureOf, loaded } from '../elements/loaded.ts';
import '../elements/notice.ts';
import '../elements/status.ts';
import { counted } from '../format.ts';
import { Page } from '../page.ts';
import { Resource } from '../resource.ts';
import { base, controls, surfaces } from '../styles.ts';
import { tables } from '../table-styles.ts';
import type { DeliveryList } from '../types.ts';

type Row = DeliveryList['deliveries'][number];
type Receiver = DeliveryList['receivers'][number];

interface Deliveries extends DeliveryList {
  readonly dead: readonly Row[];
}

const SHOWN = 100;

/** Who was told of what, what never arrived, and who cannot be reached? */
@customElement('page-deliveries')
export class DeliveriesPage extends Page {
  static override styles = [
    base,
    controls,
    surfaces,
    tables,
    css`
      .why {
        min-width: 160px;
        overflow-wrap: anywhere;
      }
    `,
  ];
  @state() private problem = '';
  private readonly list = new Resource<Deliveries>(this, {
    fetch: async (signal) => {
      const [latest, dead] = await Promise.all([api.deliveries(signal), api.deadDeliveries(signal)]);
      return { ...latest, dead: dead.deliveries };
    },
    concerns: (event) => event.kind === 'delivery',
  });

  override connectedCallback(): void {
    super.connectedCallback();
    this.list.start();
  }

  override render() {
    return html`<div class="section-head"><h1>Deliveries</h1></div>
      ${failureOf(this.list)}
      <p class="problem" role="alert">${this.problem}</p>
      ${loaded(this.list, (value) => this.content(value))}`;
  }

  private content({ deliveries, dead, receivers }: Deliveries) {
    const mine = (rows: readonly Row[]) =>
      rows.filter(({ tenant }) => this.tenant === null || tenant === this.tenant).slice(0, SHOWN);
    const all = mine(deliveries);
    const failing = receivers.filter(({ failures, waiting }) => failures > 0 || waiting > 0);
    if (all.length === 0)
      return html`<lw-notice
        heading="Nobody was told of anything yet"
        text="Pages, tickets and requests to retrain are listed here, with what became of each."
      ></lw-notice>`;
    return html`${failing.length === 0 ? nothing : this.section('Receivers', card(receiverTable(failing)))}
    ${this.section(
      'Given up',
      mine(dead).length === 0
        ? html`<p class="quiet">Nothing was given up.</p>`
        : card(dataTable('Deliveries that were given up', [...COLUMNS, this.replayColumn()], mine(dead))),
    )}
    ${this.section('Latest', card(dataTable('The latest deliveries', [...COLUMNS, STATE], all)))}`;
  }

  private section(heading: string, content: unknown) {
    return html`<section class="section">
      <div class="section-head"><h2>${heading}</h2></div>
      ${content}
    </section>`;
  }

  private replayColumn(): TableColumn<Row> {
    return {
      head: 'Again',
      label: null,
      cell: ({ id, title }) =>
        this.may('operate')
          ? html`<button type="button" @click=${() => this.replay(id)} aria-label=${`Send again: ${title}`}>
              Send again
            </button>`
          : nothing,
    };
  }

  private async replay(id: string): Promise<void> {
    this.problem = '';
    try {
      await api.replayDelivery(id);
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
    this.list.reload();
  }
}

const COLUMNS: readonly TableColumn<Row>[] = [
  { head: 'When', cell: ({ createdAtMs }) => timeCell(createdAtMs) },
  {
    head: 'What',
    label: null,
    look: 'wide',
    cell: ({ title, tenant, model }) =>
      html`${title}
        <div class="quiet">${tenant}/${model}</div>`,
  },
  { head: 'Whom', cell: ({ receiver }) => receiver },
  {
    head: 'Answer',
    look: 'wide why',
    cell: ({ detail, attempt, mayRepeat }) =>
      html`${detail ?? 'none yet'}
        <div class="quiet">
          ${counted(attempt, 'attempt')}${mayRepeat ? ', one may have arrived without an answer' : ''}
        </div>`,
  },
];

const STATE: TableColumn<Row> = {
  head: 'State',
  label: null,
  cell: ({ state: name }) => {
    const { health, word } = DELIVERY_STATES[name];
    return html`<lw-status health=${health} word=${word}></lw-status>`;
  },
};

function receiverTable(receivers: readonly Receiver[]) {
  return dataTable('Receivers that something waits for', RECEIVER_COLUMNS, receivers);
}

const RECEIVER_COLUMNS: readonly TableColumn<Receiver>[] = [
  {
    head: 'Receiver',
    label: null,
    cell: ({ receiver, state: name, failures }) => {
      const [health, word] =
        name === 'open'
          ? ['action', 'Failing']
          : failures > 0
            ? ['drifting', 'In trouble']
            : ['healthy', 'Well'];
      return html`<span class="strong">${receiver}</span>
        <lw-status health=${health} word=${word}></lw-status>`;
    },
  },
  { head: 'Failed in a row', look: 'number', cell: ({ failures }) => failures },
  { head: 'Waiting', look: 'number', cell: ({ waiting }) => waiting },
  { head: 'Since', cell: ({ openSinceMs }) => (openSinceMs === null ? '–' : timeCell(openSinceMs)) },
  { head: 'Next try', cell: ({ nextTryMs }) => (nextTryMs === null ? '–' : timeCell(nextTryMs)) },
  { head: 'Last error', look: 'wide why', cell: ({ lastError }) => lastError ?? 'none' },
];
