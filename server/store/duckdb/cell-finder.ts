import { missingCell, numberCell, sideCell } from '../../../detectors/cells.ts';
import type { PlacedLayout } from '../../../detectors/cells.ts';

/** Finds the cell of a stored value among all cells of its model: by number, or by dictionary code. */
export class CellFinder {
  readonly missing: number;
  readonly #placed: PlacedLayout;
  readonly #byText: ReadonlyMap<string, number>;
  readonly #unseen: number;
  #byCode = new Int32Array(64);
  #codes = 0;

  constructor(placed: PlacedLayout) {
    const { layout, offset } = placed;
    this.#placed = placed;
    this.missing = offset + missingCell(layout);
    this.#unseen = layout.kind === 'number' ? this.missing : offset + sideCell(layout, 'unseen');
    this.#byText = layout.kind === 'number' ? new Map() : textCells(layout, offset);
  }

  ofNumber(value: number): number {
    const { layout, offset } = this.#placed;
    return layout.kind === 'number' ? offset + numberCell(layout, value) : this.missing;
  }

  /** `values` is the dictionary the code stands in. */
  ofCode(code: number, values: readonly string[]): number {
    while (this.#codes <= code) this.#learn(values[this.#codes] as string);
    return this.#byCode[code] as number;
  }

  /** The cells of all codes of a dictionary. */
  cellsOf(values: readonly string[]): readonly number[] {
    return values.map((_, code) => this.ofCode(code, values));
  }

  #learn(text: string): void {
    if (this.#codes === this.#byCode.length) {
      const next = new Int32Array(this.#codes * 2);
      next.set(this.#byCode);
      this.#byCode = next;
    }
    this.#byCode[this.#codes] = this.#byText.get(text) ?? this.#unseen;
    this.#codes += 1;
  }
}

function textCells(
  layout: Extract<PlacedLayout['layout'], { kind: 'category' }>,
  offset: number,
): ReadonlyMap<string, number> {
  const rare = layout.rare.map((value): [string, number] => [value, offset + layout.values.length]);
  return new Map([...rare, ...layout.values.map((value, cell): [string, number] => [value, offset + cell])]);
}
