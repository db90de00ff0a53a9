import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { FILE_NAME } from '../../server/store/duckdb/database.ts';
import { KEY, scratchFolder, startAppliance } from '../kit/appliance.ts';
import { randomFrom } from '../kit/statistics.ts';
import { DAMAGES, logBytesOf } from './damage.ts';
import { lostOf, verdictOf } from './ledger.ts';
import type { Verdict } from './ledger.ts';
import { live } from './life.ts';
import type { Life, Phase } from './life.ts';
import type { Acknowledged, Sent } from './traffic.ts';

export interface KillOptions {
  readonly kills: number;
  readonly seed: number;
  readonly phases: readonly Phase[];
  /** After every so many kills the log is damaged too; 0: never. */
  readonly damageEvery: number;
  readonly print: (line: string) => void;
}

export interface Kills extends Verdict {
  readonly kills: number;
  readonly acknowledged: number;
  readonly countsDiffer: number;
  readonly byPhase: Readonly<Record<string, number>>;
  readonly damages: Readonly<Record<string, number>>;
  /** Damaged logs of which the start told. */
  readonly salvages: number;
  /** Acknowledged requests whose own bytes were damaged, and which are gone. */
  readonly damagedAway: number;
  /** Logs of which something acknowledged was cut off, and the start did not tell. */
  readonly untold: number;
}

/** Nobody else holds the copy, and logs that were cut are kept for people. */
const isNeeded = (file: string) => !file.endsWith('.lock') && !file.includes('.wal.torn-');

/** Kills an appliance under load again and again in one folder, damages its log now and then, and looks at what is left. */
export async function killAgainAndAgain(options: KillOptions): Promise<Kills> {
  const { folder, remove } = scratchFolder();
  const story = new Story(folder, options);
  while (story.kills < options.kills) await story.next();
  const found = await story.end();
  if (found.lost + found.twice + found.countsDiffer + found.untold === 0) remove();
  else options.print(`the folder is kept: ${folder}`);
  return found;
}

class Story {
  readonly #folder: string;
  readonly #log: string;
  readonly #options: KillOptions;
  readonly #random: () => number;
  #acknowledged: Acknowledged[] = [];
  /** Those whose rows may still stand in the log alone. */
  #inLog: Acknowledged[] = [];
  #logBytes = 0;
  #lost = 0;
  #unanswered: readonly Sent[] = [];
  #next = 0;
  #salvages = 0;
  #damagedAway = 0;
  #untold = 0;
  readonly #byPhase: Record<string, number> = {};
  readonly #damages: Record<string, number> = {};
  kills = 0;

  constructor(folder: string, options: KillOptions) {
    this.#folder = folder;
    this.#log = join(folder, `${FILE_NAME}.wal`);
    this.#options = options;
    this.#random = randomFrom(options.seed);
  }

  async next(): Promise<void> {
    const { phases, damageEvery, kills, print } = this.#options;
    const phase = phases[this.kills % phases.length] ?? 'append';
    const life = await live({
      folder: this.#folder,
      phase,
      random: this.#random,
      unanswered: this.#unanswered,
      firstNumber: this.#next,
    });
    this.kills += 1;
    this.#byPhase[phase] = (this.#byPhase[phase] ?? 0) + 1;
    this.#take(life);
    if (damageEvery > 0 && this.kills % damageEvery === 0) await this.#damage();
    if (this.kills % 20 === 0)
      print(`${this.kills} of ${kills} kills, ${this.#acknowledged.length} requests acknowledged`);
  }

  /** A log that became shorter was checkpointed: what was acknowledged before stands in the database. */
  #take(life: Life): void {
    for (const request of life.acknowledged) {
      this.#see(request.logBytes);
      this.#acknowledged.push(request);
      this.#inLog.push(request);
    }
    this.#see(life.logBytes);
    this.#unanswered = life.unanswered;
    this.#next = life.nextNumber;
  }

  #see(logBytes: number): void {
    if (logBytes < this.#logBytes) this.#inLog = [];
    this.#logBytes = logBytes;
  }

  /**
   * What was acknowledged while the log was no longer than what is still as written must be kept; what stood behind may
   * be gone, and is not asked for any more. Before the damage nothing may be gone: a copy of the folder is asked.
   */
  async #damage(): Promise<void> {
    const { kills } = this;
    const { print } = this.#options;
    if (logBytesOf(this.#log) < 1024) return;
    const lost = await this.#lostInCopy();
    this.#lost += lost.length;
    this.#acknowledged = this.#acknowledged.filter((request) => !lost.includes(request));
    if (lost.length > 0) print(`lost by kill ${kills}: ${lost.map(({ number }) => number).join(', ')}`);
    const names = Object.keys(DAMAGES);
    const name = names[Math.floor(this.#random() * names.length)] ?? 'torn';
    const soundBytes = DAMAGES[name]?.(this.#log, this.#random) ?? 0;
    this.#damages[name] = (this.#damages[name] ?? 0) + 1;
    const appliance = await startAppliance({ folder: this.#folder, objectives: true });
    const { salvage } = await appliance.health();
    if (salvage !== null) this.#salvages += 1;
    await appliance.kill();
    const gone = await lostOf(
      this.#folder,
      this.#inLog.filter(({ logBytes }) => logBytes > soundBytes),
    );
    this.#damagedAway += gone.length;
    if (gone.length > 0 && salvage === null) this.#untold += 1;
    this.#acknowledged = this.#acknowledged.filter((request) => !gone.includes(request));
    // Looking at the rows has moved them from the log into the database.
    this.#inLog = [];
    this.#logBytes = 0;
  }

  async #lostInCopy(): Promise<readonly Acknowledged[]> {
    const { folder, remove } = scratchFolder();
    cpSync(this.#folder, folder, { recursive: true, filter: isNeeded });
    const lost = await lostOf(folder, this.#acknowledged);
    remove();
    return lost;
  }

  async #tellLost(lost: number): Promise<void> {
    const numbers = (await lostOf(this.#folder, this.#acknowledged)).map(({ number }) => number);
    this.#options.print(`${lost} are lost at the end: ${numbers.join(', ')}`);
  }

  async end(): Promise<Kills> {
    const appliance = await startAppliance({ folder: this.#folder, objectives: true });
    const differences = await appliance.recount(KEY);
    await appliance.close();
    const verdict = await verdictOf(this.#folder, this.#acknowledged);
    if (verdict.lost > 0) await this.#tellLost(verdict.lost);
    if (differences.length > 0) this.#options.print(`counts differ: ${JSON.stringify(differences[0])}`);
    return {
      kills: this.kills,
      ...verdict,
      lost: verdict.lost + this.#lost,
      acknowledged: this.#acknowledged.length,
      countsDiffer: differences.length,
      byPhase: this.#byPhase,
      damages: this.#damages,
      salvages: this.#salvages,
      damagedAway: this.#damagedAway,
      untold: this.#untold,
    };
  }
}
