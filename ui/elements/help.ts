import { css, html, LitElement } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { SHORTCUTS, wishOf } from '../keys.ts';
import { href } from '../router.ts';
import { base, controls } from '../styles.ts';

const OFF = 'leeway-keys-off';

/** Listens for shortcuts on the whole page and shows them on «?»; they can be switched off here. */
@customElement('lw-help')
export class Help extends LitElement {
  static override styles = [
    base,
    controls,
    css`
      dialog {
        width: min(420px, calc(100vw - 32px));
        padding: 20px;
        border: 1px solid var(--lw-line);
        border-radius: var(--lw-radius);
        background: var(--lw-surface);
        color: var(--lw-text);
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 40%);
      }
      dl {
        display: grid;
        grid-template-columns: 64px 1fr;
        gap: 6px 12px;
        margin: 12px 0 16px;
      }
      kbd {
        padding: 1px 6px;
        border: 1px solid var(--lw-line);
        border-radius: 4px;
        background: var(--lw-raised);
        font: 12px/18px var(--lw-mono);
      }
      .off {
        display: flex;
        align-items: center;
        gap: 8px;
        margin-bottom: 16px;
        font-weight: 400;
      }
      .off input {
        width: 18px;
        min-height: 18px;
        height: 18px;
      }
    `,
  ];
  @state() private on = !storedOff();
  @query('dialog') private dialog!: HTMLDialogElement;
  private lastKey = '';

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('keydown', this.onKey);
  }

  override disconnectedCallback(): void {
    window.removeEventListener('keydown', this.onKey);
    super.disconnectedCallback();
  }

  override render() {
    return html`<dialog aria-labelledby="title">
      <h2 id="title">Keys</h2>
      <dl>
        ${SHORTCUTS.map(
          ({ keys, text }) =>
            html`<dt><kbd>${keys}</kbd></dt>
              <dd>${text}</dd>`,
        )}
      </dl>
      <label class="off"
        ><input type="checkbox" .checked=${this.on} @change=${this.toggle} />Use these keys in this
        browser</label
      >
      <button type="button" @click=${() => this.dialog.close()}>Close</button>
    </dialog>`;
  }

  /** Opens the list of keys. */
  show(): void {
    if (!this.dialog.open) this.dialog.showModal();
  }

  private readonly toggle = (event: Event): void => {
    this.on = (event.target as HTMLInputElement).checked;
    try {
      localStorage.setItem(OFF, this.on ? '' : 'yes');
    } catch {
      // A browser may forbid storage; the choice then lasts until the page is left.
    }
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    const target = event.composedPath()[0];
    const typing = target instanceof HTMLElement && target.matches('input, textarea, select');
    if (!this.on || typing || this.dialog.open || event.ctrlKey || event.metaKey || event.altKey) return;
    const wish = wishOf(this.lastKey, event.key);
    this.lastKey = event.key;
    if (wish === null) return;
    event.preventDefault();
    if (wish.kind === 'help') this.show();
    else if (wish.kind === 'go') location.hash = href([wish.page]);
    else if (wish.kind === 'move') step(wish.by);
    else all('input[type=search]')[0]?.focus();
  };
}

function storedOff(): boolean {
  try {
    return localStorage.getItem(OFF) === 'yes';
  } catch {
    return false;
  }
}

function step(by: 1 | -1): void {
  const rows = all('[data-row]');
  const here = rows.findIndex((row) => row.matches(':focus'));
  rows[here === -1 ? (by === 1 ? 0 : rows.length - 1) : here + by]?.focus();
}

/** All matches in the page and in every open shadow tree, in document order. */
function all(selector: string, root: Document | ShadowRoot = document): readonly HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>('*')].flatMap((element) => [
    ...(element.matches(selector) ? [element] : []),
    ...(element.shadowRoot === null ? [] : all(selector, element.shadowRoot)),
  ]);
}
