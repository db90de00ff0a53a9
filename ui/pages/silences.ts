import { css, html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { api } from '../api.ts';
import { alertLink } from '../elements/alert-link.ts';
import { failureOf, loaded } from '../elements/loaded.ts';
import '../elements/notice.ts';
import '../elements/silence-form.ts';
import '../elements/time.ts';
import { counted, duration } from '../format.ts';
import { Page } from '../page.ts';
import { Resource } from '../resource.ts';
import { base, controls, surfaces } from '../styles.ts';
import { tables } from '../table-styles.ts';
import type { AlertList, Silence, SilenceList } from '../types.ts';

/** What is held back, by whom, why, and until when? */
@customElement('page-silences')
export class SilencesPage extends Page {
  static override styles = [
    base,
    controls,
    surfaces,
    tables,
    css`
      .reason {
        min-width: 200px;
        overflow-wrap: anywhere;
      }
      .chip {
        display: inline-block;
        margin: 0 4px 4px 0;
        padding: 1px 8px;
        border: 1px solid var(--lw-line);
        border-radius: 10px;
        background: var(--lw-raised);
        overflow-wrap: anywhere;
      }
      tr[aria-current] {
        background: var(--lw-raised);
        box-shadow: inset 3px 0 0 var(--lw-accent);
      }
      details {
        margin-top: 4px;
      }
      summary {
        padding: 3px 0;
        cursor: pointer;
      }
      details ul {
        padding-left: 16px;
        list-style: disc;
      }
      .past {
        color: var(--lw-quiet);
      }
    `,
  ];
  @state() private problem = '';
  private readonly list = new Resource<SilenceList>(this, {
    fetch: (signal) => api.silences(signal),
    concerns: (event) => event.kind === 'silence',
  });
  private readonly firing = new Resource<AlertList>(this, {
    fetch: (signal) => api.firing(signal),
    concerns: (event) => event.kind === 'silence' || event.kind === 'alert',
  });

  override connectedCallback(): void {
    super.connectedCallback();
    this.list.start();
    this.firing.start();
  }

  override render() {
    return html`<div class="section-head"><h1>Silences</h1></div>
      ${failureOf(this.list)}
      <p class="problem" role="alert">${this.problem}</p>
      ${loaded(this.list, (value) => this.content(value))} ${this.may('operate') ? this.creation() : nothing}`;
  }

  private creation() {
    return html`<section class="section">
      <div class="section-head"><h2>New silence</h2></div>
      <lw-silence-form
        .tenants=${this.me?.tenants ?? []}
        .tenant=${this.tenant}
        .longest=${this.list.value?.longestSilenceMs ?? 0}
        @changed=${() => this.list.reload()}
      ></lw-silence-form>
    </section>`;
  }

  private content({ silences, asOfMs }: SilenceList) {
    const rows = silences
      .filter((silence) => this.tenant === null || silence.tenant === this.tenant)
      .toSorted((a, b) => b.toMs - a.toMs);
    if (rows.length === 0) {
      return html`<lw-notice
        heading="Nothing is silenced"
        text="Every alert is told as its route says."
      ></lw-notice>`;
    }
    return html`<div class="card table-room">
      <table>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Why</th>
            <th scope="col">From</th>
            <th scope="col">To</th>
            <th scope="col"><span class="hidden-text">End</span></th>
          </tr>
        </thead>
        <tbody>
          ${repeat(
            rows,
            (row) => row.id,
            (row) => this.row(row, asOfMs),
          )}
        </tbody>
      </table>
    </div>`;
  }

  private row(row: Silence, nowMs: number) {
    const running = row.toMs > nowMs;
    const held = (this.firing.value?.alerts ?? []).filter(({ silencedBy }) => silencedBy === row.id);
    const isAsked = this.route.query['id'] === row.id;
    return html`<tr class=${running ? '' : 'past'} aria-current=${isAsked ? 'true' : nothing}>
      <td class="wide">
        ${row.matchers.map(
          ({ name, op, value }) =>
            html`<span class="chip"><span class="quiet">${name} ${op}</span> ${value}</span>`,
        )}
        <div class="quiet">${row.tenant}</div>
        ${held.length === 0 ? nothing : heldBack(held, isAsked)}
      </td>
      <td class="wide reason">
        <span class="cell-label">Why</span>${row.reason}
        <div class="quiet">${row.author}</div>
      </td>
      <td><span class="cell-label">From</span><lw-time .ms=${row.fromMs}></lw-time></td>
      <td>
        <span class="cell-label">To</span><lw-time .ms=${row.toMs}></lw-time>
        <div class="quiet">${running ? `${duration(row.toMs - nowMs)} left` : 'ended'}</div>
      </td>
      <td class="number">
        ${
          running && this.may('operate')
            ? html`<button type="button" @click=${() => this.end(row.id)}>End now</button>`
            : nothing
        }
      </td>
    </tr>`;
  }

  private async end(id: string): Promise<void> {
    this.problem = '';
    try {
      await api.endSilence(id);
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
    this.list.reload();
  }
}

function heldBack(alerts: AlertList['alerts'], isOpen: boolean) {
  return html`<details ?open=${isOpen}>
    <summary>Holds back ${counted(alerts.length, 'alert')} now</summary>
    <ul>
      ${alerts.map((alert) => html`<li>${alertLink(alert)}</li>`)}
    </ul>
  </details>`;
}
