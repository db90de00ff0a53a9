import type { Labels } from '../model.ts';
import type { InhibitSettings } from '../settings.ts';
import { matchesAll } from './matchers.ts';

/** Why an alert is not told: a rule, and the alert that the rule found first. */
export interface Inhibition {
  readonly rule: string;
  readonly sourceId: string;
}

/** Alerts of one rule with the same values of `equal`. */
interface Peers {
  /** By id: whether it fits the target side as well. */
  readonly sources: Map<string, boolean>;
  readonly targets: Set<string>;
  /** The smallest ids of sources: of any, and of those that do not fit the target side. */
  least: Least;
}

interface Least {
  readonly any: string | null;
  readonly plain: string | null;
}

/** Where one alert stands under one rule. */
interface Place {
  readonly rule: number;
  readonly key: string;
  readonly isSource: boolean;
  readonly isTarget: boolean;
}

/**
 * Which of the firing alerts others keep quiet. The semantics are Alertmanager's: the labels of `equal` must agree, a
 * missing label being an empty one, and an alert that fits both sides of a rule is not kept quiet by another that does. The
 * first rule that applies is told, with the source of the smallest id, so that the same alerts in any order give the same
 * answer. An alert that is inhibited inhibits all the same. Changed in place, alert by alert: thousands may fire while one changes.
 */
export class Inhibitions {
  readonly rules: readonly InhibitSettings[];
  readonly #places = new Map<string, readonly Place[]>();
  readonly #peers: readonly Map<string, Peers>[];

  constructor(rules: readonly InhibitSettings[]) {
    this.rules = rules;
    this.#peers = rules.map(() => new Map());
  }

  /** Takes an alert as it fires now; null: it fires no more. Answers whose inhibition may be another one since. */
  put(id: string, labels: Labels | null): ReadonlySet<string> {
    const affected = new Set([id]);
    const before = this.#places.get(id) ?? [];
    const after = labels === null ? [] : placesOf(this.rules, labels);
    if (isSame(before, after)) return affected;
    const touched = new Set<Peers>();
    for (const place of before) touched.add(this.#remove(id, place));
    for (const place of after) touched.add(this.#add(id, place));
    for (const peers of touched) addAll(affected, refreshed(peers));
    if (after.length === 0) this.#places.delete(id);
    else this.#places.set(id, after);
    return affected;
  }

  of(id: string): Inhibition | null {
    for (const { rule, key, isSource, isTarget } of this.#places.get(id) ?? []) {
      const least = isTarget ? this.#peers[rule]?.get(key)?.least : undefined;
      const sourceId = isSource ? least?.plain : least?.any;
      const found = this.rules[rule];
      if (found !== undefined && sourceId !== undefined && sourceId !== null)
        return { rule: found.id, sourceId };
    }
    return null;
  }

  #peersAt({ rule, key }: Place): Peers {
    const byKey = this.#peers[rule];
    const known = byKey?.get(key);
    if (known !== undefined) return known;
    const made: Peers = { sources: new Map(), targets: new Set(), least: { any: null, plain: null } };
    byKey?.set(key, made);
    return made;
  }

  #add(id: string, place: Place): Peers {
    const peers = this.#peersAt(place);
    if (place.isTarget) peers.targets.add(id);
    if (place.isSource) peers.sources.set(id, place.isTarget);
    return peers;
  }

  #remove(id: string, place: Place): Peers {
    const peers = this.#peersAt(place);
    peers.targets.delete(id);
    peers.sources.delete(id);
    if (peers.targets.size + peers.sources.size === 0) this.#peers[place.rule]?.delete(place.key);
    return peers;
  }
}

function placesOf(rules: readonly InhibitSettings[], labels: Labels): readonly Place[] {
  return rules.flatMap(({ source, target, equal }, rule) => {
    const isSource = matchesAll(source, labels);
    const isTarget = matchesAll(target, labels);
    if (!isSource && !isTarget) return [];
    return [{ rule, key: JSON.stringify(equal.map((name) => labels[name] ?? '')), isSource, isTarget }];
  });
}

function isSame(before: readonly Place[], after: readonly Place[]): boolean {
  return (
    before.length === after.length &&
    before.every((place, index) => {
      const other = after[index];
      return (
        place.rule === other?.rule &&
        place.key === other.key &&
        place.isSource === other.isSource &&
        place.isTarget === other.isTarget
      );
    })
  );
}

/** Brings the smallest ids up to date; answers the targets that this may concern. */
function refreshed(peers: Peers): ReadonlySet<string> {
  const { any, plain } = peers.least;
  peers.least = leastOf(peers.sources);
  return any === peers.least.any && plain === peers.least.plain ? NONE : peers.targets;
}

function leastOf(sources: ReadonlyMap<string, boolean>): Least {
  let any: string | null = null;
  let plain: string | null = null;
  for (const [id, isTarget] of sources) {
    if (any === null || id < any) any = id;
    if (!isTarget && (plain === null || id < plain)) plain = id;
  }
  return { any, plain };
}

function addAll(set: Set<string>, values: ReadonlySet<string>): void {
  for (const value of values) set.add(value);
}

const NONE: ReadonlySet<string> = new Set();
