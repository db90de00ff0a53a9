import { isDeepStrictEqual } from 'node:util';
import { BentomlRows } from './bentoml-rows.ts';

/** Senders whose schema is remembered. */
const MAX_SCHEMAS = 1000;
/** Writing is gathered: a sender says its schema at every start, and a fleet starts at once. */
const SAVE_AFTER_MS = 1000;

export interface Column {
  role: string;
  type: string;
}

export interface Schema {
  readonly monitor: string | null;
  readonly version: string | null;
  readonly columns: ReadonlyMap<string, Column>;
}

export interface KeptSender {
  readonly sender: string;
  readonly learnedMs: number;
  /** As JSON. */
  readonly schema: string;
}

/** Keeps what senders said over a restart: they say it at their own start, and then by chance or never. */
export interface SenderKeeper {
  /** The longest known first. */
  readonly load: () => Promise<readonly KeptSender[]>;
  readonly save: (changed: readonly KeptSender[]) => Promise<void>;
}

/** What is remembered of the senders of all tenants, from one request to the next. */
export class BentomlSenders {
  readonly #schemas = new Map<string, Schema>();
  readonly #changed = new Map<string, number>();
  readonly #keeper: SenderKeeper | null;
  #timer: NodeJS.Timeout | null = null;
  readonly rows = new BentomlRows();

  /** Without a keeper it lives as long as the process. */
  constructor(keeper: SenderKeeper | null = null) {
    this.#keeper = keeper;
  }

  static async open(keeper: SenderKeeper): Promise<BentomlSenders> {
    const senders = new BentomlSenders(keeper);
    for (const { sender, schema } of await keeper.load()) senders.#schemas.set(sender, fromJson(schema));
    return senders;
  }

  find(sender: string): Schema | undefined {
    return this.#schemas.get(sender);
  }

  learn(sender: string, schema: Schema, nowMs: number): void {
    const isNew = !isDeepStrictEqual(this.#schemas.get(sender), schema);
    this.#schemas.delete(sender);
    this.#schemas.set(sender, schema);
    const [oldest] = this.#schemas.keys();
    if (this.#schemas.size > MAX_SCHEMAS && oldest !== undefined) this.#schemas.delete(oldest);
    if (!isNew || this.#keeper === null) return;
    this.#changed.set(sender, nowMs);
    this.#timer ??= setTimeout(() => void this.save().catch(() => {}), SAVE_AFTER_MS).unref();
  }

  /** Writes what changed since; what cannot be written is tried again with the next change. */
  async save(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const changed = [...this.#changed];
    if (this.#keeper === null || changed.length === 0) return;
    this.#changed.clear();
    try {
      await this.#keeper.save(
        changed.flatMap(([sender, learnedMs]) => {
          const schema = this.#schemas.get(sender);
          return schema === undefined ? [] : [{ sender, learnedMs, schema: toJson(schema) }];
        }),
      );
    } catch (error) {
      for (const [sender, learnedMs] of changed)
        if (!this.#changed.has(sender)) this.#changed.set(sender, learnedMs);
      throw error;
    }
  }
}

function toJson({ columns, ...rest }: Schema): string {
  return JSON.stringify({ ...rest, columns: [...columns] });
}

function fromJson(text: string): Schema {
  const { columns, ...rest } = JSON.parse(text) as Omit<Schema, 'columns'> & {
    readonly columns: readonly (readonly [string, Column])[];
  };
  return { ...rest, columns: new Map(columns) };
}
