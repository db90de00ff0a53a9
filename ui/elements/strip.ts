import { css, html, LitElement, svg } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { bands } from '../charts/geometry.ts';
import { counted, dayText, instantText } from '../format.ts';
import type { Health } from '../types.ts';
import { WORDS } from './status.ts';

interface Cell {
  readonly fromMs: number;
  readonly health: Health;
}

/** Share of the height each health takes, so that the strip reads without colour. */
const HEIGHTS: Readonly<Record<Health, number>> = {
  healthy: 0.4,
  learning: 0.18,
  silent: 0.18,
  drifting: 0.7,
  action: 1,
};
const LEAST_STEP_PX = 5;

/** One bar per window, oldest first: how the model was. Those that fit are shown. */
@customElement('lw-strip')
export class Strip extends LitElement {
  static override styles = css`
    :host {
      display: block;
      line-height: 0;
    }
    svg {
      overflow: visible;
    }
    .healthy {
      fill: var(--lw-ok);
      opacity: 0.55;
    }
    .drifting {
      fill: var(--lw-warn);
    }
    .action {
      fill: var(--lw-crit);
    }
    .silent,
    .learning {
      fill: var(--lw-none);
      opacity: 0.5;
    }
    .chosen {
      fill: none;
      stroke: var(--lw-text);
      stroke-width: 1.5;
    }
    :host([pick]) svg {
      cursor: pointer;
    }
  `;
  @property({ attribute: false }) cells: readonly Cell[] = [];
  @property({ type: Number }) height = 22;
  @property({ type: Number }) chosen: number | null = null;
  /** Lets a click choose a window: an event `pick` with its start. A list beside it does the same by keyboard. */
  @property({ type: Boolean, reflect: true }) pick = false;
  @state() private width = 0;
  private readonly observer = new ResizeObserver(([entry]) => {
    this.width = Math.floor(entry?.contentRect.width ?? 0);
  });

  override connectedCallback(): void {
    super.connectedCallback();
    this.observer.observe(this);
  }

  override disconnectedCallback(): void {
    this.observer.disconnect();
    super.disconnectedCallback();
  }

  override render() {
    const shown = this.shown();
    const room = Math.min(this.width, shown.length * 14);
    const placed = bands(shown.length, [0, room], 0.3);
    return html`<svg
      width=${this.width}
      height=${this.height}
      role="img"
      aria-label=${this.summary(shown)}
      @click=${(event: MouseEvent) => this.onClick(event, room)}
    >
      ${shown.map((cell, index) => this.bar(cell, placed[index] ?? { x: 0, width: 0 }))}
    </svg>`;
  }

  private shown(): readonly Cell[] {
    const most = Math.max(1, Math.floor(this.width / LEAST_STEP_PX));
    return this.cells.slice(-most);
  }

  private bar(cell: Cell, { x, width }: { readonly x: number; readonly width: number }) {
    const height = Math.max(2, this.height * HEIGHTS[cell.health]);
    const chosen = this.chosen === cell.fromMs;
    return svg`<g>
      <rect class=${cell.health} x=${x} y=${this.height - height} width=${width} height=${height} rx="1">
        <title>${instantText(cell.fromMs)}: ${WORDS[cell.health]}</title>
      </rect>
      ${chosen ? svg`<rect class="chosen" x=${x - 1.5} y="-1.5" width=${width + 3} height=${this.height + 3} rx="2" />` : ''}
    </g>`;
  }

  private onClick(event: MouseEvent, room: number): void {
    const shown = this.shown();
    const x = event.clientX - this.getBoundingClientRect().left;
    const cell = shown[Math.floor((x / room) * shown.length)];
    if (this.pick && cell !== undefined) this.dispatchEvent(new CustomEvent('pick', { detail: cell.fromMs }));
  }

  private summary(shown: readonly Cell[]): string {
    const [first] = shown;
    if (first === undefined) return 'No window has been judged yet';
    const kinds = (['action', 'drifting', 'silent', 'learning', 'healthy'] as const)
      .map((health) => ({ health, many: shown.filter((cell) => cell.health === health).length }))
      .filter(({ many }) => many > 0)
      .map(({ health, many }) => `${many} ${WORDS[health].toLowerCase()}`);
    return `${counted(shown.length, 'window')} since ${dayText(first.fromMs)}: ${kinds.join(', ')}`;
  }
}
