import { ABSENT, BOOLEAN, NUMBER, TEXT } from '../batch.ts';

/** The scalar fields of a record, whatever its format. */
export const FIELD = {
  event: 0,
  model: 1,
  version: 2,
  id: 3,
  value: 4,
  score: 5,
  label: 6,
  durationSeconds: 7,
  error: 8,
  dataset: 9,
  tenant: 10,
  inputTokens: 11,
  outputTokens: 12,
  cost: 13,
  currency: 14,
  batchIndex: 15,
  source: 16,
  instance: 17,
} as const;
export type Field = (typeof FIELD)[keyof typeof FIELD];
const FIELDS = Object.keys(FIELD).length;

/** Where an attribute stood; a record's own outranks its scope's, and that its resource's. */
export const LEVEL = { record: 0, scope: 1, resource: 2 } as const;
export type Level = (typeof LEVEL)[keyof typeof LEVEL];
const LEVELS = 3;
const UNSET = 255;

/** The scalar fields of one record, or of what it inherits. The lowest rank wins: first the name, then the level. */
export class Fields {
  readonly #ranks = new Uint8Array(FIELDS).fill(UNSET);
  readonly #tags = new Uint8Array(FIELDS);
  readonly #numbers = new Float64Array(FIELDS);
  readonly #texts = Array.from({ length: FIELDS }, () => '');
  /** The id as it came, in `source`; it is seldom wanted as a text. */
  idStart = 0;
  idEnd = 0;
  source: Buffer | null = null;

  clear(): void {
    this.#ranks.fill(UNSET);
    this.source = null;
  }

  /** `alias` 0 is the contract's own name; higher ones are fallbacks in their order. True when it was taken. */
  place(field: Field, alias: number, level: Level): boolean {
    const rank = alias * LEVELS + level;
    if (rank > (this.#ranks[field] as number)) return false;
    this.#ranks[field] = rank;
    return true;
  }

  setNumber(field: Field, value: number): void {
    this.#tags[field] = NUMBER;
    this.#numbers[field] = value;
  }

  setText(field: Field, value: string): void {
    this.#tags[field] = TEXT;
    this.#texts[field] = value;
    if (field === FIELD.id) this.source = null;
  }

  /** The id, as UTF-8 in `source[start..end)`. */
  setIdBytes(source: Buffer, start: number, end: number): void {
    this.#tags[FIELD.id] = TEXT;
    this.source = source;
    this.idStart = start;
    this.idEnd = end;
  }

  setBoolean(field: Field, value: boolean): void {
    this.#tags[field] = BOOLEAN;
    this.#numbers[field] = value ? 1 : 0;
  }

  /** Which of its names a field was told under: 0 is the contract's own, -1 none at all. */
  alias(field: Field): number {
    const rank = this.#ranks[field] as number;
    return rank === UNSET ? -1 : Math.floor(rank / LEVELS);
  }

  unset(field: Field): void {
    this.#ranks[field] = UNSET;
  }

  /** Takes over what another holds, where it outranks this. */
  inherit(from: Fields): void {
    for (let field = 0; field < FIELDS; field += 1) {
      if ((from.#ranks[field] as number) >= (this.#ranks[field] as number)) continue;
      this.#ranks[field] = from.#ranks[field] as number;
      this.#tags[field] = from.#tags[field] as number;
      this.#numbers[field] = from.#numbers[field] as number;
      this.#texts[field] = from.#texts[field] as string;
      if (field === FIELD.id) this.source = null;
    }
  }

  tag(field: Field): number {
    return this.#ranks[field] === UNSET ? ABSENT : (this.#tags[field] as number);
  }

  /** The number, or NaN when there is none. */
  number(field: Field): number {
    return this.tag(field) === NUMBER ? (this.#numbers[field] as number) : NaN;
  }

  /** The value in words; null when there is none. */
  text(field: Field): string | null {
    const tag = this.tag(field);
    if (tag === TEXT)
      return field === FIELD.id && this.source !== null
        ? this.source.toString('utf8', this.idStart, this.idEnd)
        : (this.#texts[field] as string);
    if (tag === ABSENT) return null;
    return tag === NUMBER ? String(this.#numbers[field]) : this.#numbers[field] === 1 ? 'true' : 'false';
  }

  /** The raw slot: 1 or 0 for true and false. */
  slot(field: Field): number {
    return this.#numbers[field] as number;
  }
}
