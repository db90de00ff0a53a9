import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { api } from '../api.ts';
import { base, controls, surfaces } from '../styles.ts';
import './copy.ts';

/** Makes one ingest key for the tenant and shows it once; tells it as the event `made`. */
@customElement('lw-key-maker')
export class KeyMaker extends LitElement {
  static override styles = [
    base,
    controls,
    surfaces,
    css`
      .card {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: 12px;
        padding: 14px 16px;
      }
      .key {
        display: block;
        padding: 8px 10px;
        border-radius: 6px;
        background: var(--lw-raised);
        overflow-wrap: anywhere;
      }
      .made {
        flex: 1 1 320px;
      }
    `,
  ];
  @property() tenant = '';
  @property({ type: Boolean }) allowed = false;
  @state() private key: string | null = null;
  @state() private busy = false;
  @state() private problem = '';

  override render() {
    return html`<div class="card">
      ${this.key === null ? this.offer() : made(this.key)}
      <p class="problem" role="alert">${this.problem === '' ? nothing : this.problem}</p>
    </div>`;
  }

  private offer() {
    if (!this.allowed) {
      return html`<p>
        Your key may not make others. Ask an operator, or on the machine that runs Leeway:
        <code class="mono wrap">./leeway keys create --tenant ${this.tenant} --scope ingest</code>
      </p>`;
    }
    return html`<div>
        <h3>A key for ${this.tenant}</h3>
        <p class="quiet small">It may send data and nothing else. It is shown once.</p>
      </div>
      <button class="primary" type="button" aria-disabled=${this.busy ? 'true' : 'false'} @click=${this.make}>
        Create an ingest key
      </button>`;
  }

  private readonly make = async (): Promise<void> => {
    if (this.busy) return;
    this.busy = true;
    this.problem = '';
    try {
      const { key } = await api.createKey({ tenant: this.tenant, scopes: ['ingest'] });
      this.key = key;
      this.dispatchEvent(new CustomEvent('made', { detail: key }));
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    } finally {
      this.busy = false;
    }
  };
}

function made(key: string) {
  return html`<div class="made" role="status">
      <h3>The key, shown this once</h3>
      <code class="mono key">${key}</code>
    </div>
    <lw-copy .text=${key} what="the key"></lw-copy>`;
}
