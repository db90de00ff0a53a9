import { css, html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { api } from '../api.ts';
import { failureOf, loaded } from '../elements/loaded.ts';
import '../elements/notice.ts';
import { Page } from '../page.ts';
import { Resource } from '../resource.ts';
import { base, controls, surfaces } from '../styles.ts';
import { tables } from '../table-styles.ts';
import type { ReceiverEntry, ReceiverList, ReceiverTest } from '../types.ts';

const TYPES: Readonly<Record<ReceiverEntry['type'], string>> = {
  slack: 'Slack',
  email: 'Email',
  webhook: 'Signed webhook',
  alertmanager: 'Alertmanager',
  pagerduty: 'PagerDuty',
};

const RESULTS: Readonly<Record<ReceiverTest['result'], string>> = {
  sent: 'Taken',
  retry: 'Not taken now',
  failed: 'Refused',
  unknown: 'No answer, it may have arrived',
};

/** Who can be told, and does it work? */
@customElement('page-receivers')
export class ReceiversPage extends Page {
  static override styles = [
    base,
    controls,
    surfaces,
    tables,
    css`
      td {
        overflow-wrap: anywhere;
      }
    `,
  ];
  /** What became of the last test of each, in words. */
  @state() private results: ReadonlyMap<string, string> = new Map();
  @state() private testing: string | null = null;
  private readonly list = new Resource<ReceiverList>(this, {
    fetch: (signal) => api.receivers(signal),
    concerns: () => false,
  });

  override connectedCallback(): void {
    super.connectedCallback();
    this.list.start();
  }

  override render() {
    return html`<div class="section-head"><h1>Receivers</h1></div>
      ${failureOf(this.list)} ${loaded(this.list, (value) => this.content(value))}`;
  }

  private content({ receivers }: ReceiverList) {
    if (receivers.length === 0)
      return html`<lw-notice
        heading="Nobody can be told"
        text="Name receivers in leeway.yaml, and routes that tell them."
      ></lw-notice>`;
    return html`<div class="card table-room">
      <table>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Tells</th>
            <th scope="col">Last test</th>
            <th scope="col"><span class="hidden-text">Test</span></th>
          </tr>
        </thead>
        <tbody>
          ${repeat(
            receivers,
            ({ id }) => id,
            (receiver) => this.row(receiver),
          )}
        </tbody>
      </table>
    </div>`;
  }

  private row({ id, type, target, publicKey }: ReceiverEntry) {
    return html`<tr>
      <td><strong>${id}</strong></td>
      <td class="wide">
        <span class="cell-label">Tells</span>${TYPES[type]}, ${target}
        ${publicKey === null ? nothing : html`<div class="quiet">Public key ${publicKey}</div>`}
      </td>
      <td class="wide">
        <span class="cell-label">Last test</span>${this.results.get(id) ?? 'not since this page opened'}
      </td>
      <td class="number">
        ${
          this.may('operate')
            ? html`<button
                type="button"
                aria-label=${`Send a test to ${id}`}
                ?disabled=${this.testing !== null}
                @click=${() => this.test(id)}
              >
                ${this.testing === id ? 'Sending…' : 'Send a test'}
              </button>`
            : nothing
        }
      </td>
    </tr>`;
  }

  private async test(id: string): Promise<void> {
    this.testing = id;
    const told = await api.testReceiver(id).then(
      ({ result, detail }) => `${RESULTS[result]}: ${detail}`,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    this.testing = null;
    this.results = new Map([...this.results, [id, told]]);
    this.say(`Test of ${id}. ${told}`);
  }
}
