import type { Labels } from '../../server/model.ts';

/** What happens to a router, and when: the same for Alertmanager, in real time, and for ours, on an injected clock. */
export interface Step {
  readonly atMs: number;
  readonly does: 'fire' | 'resolve' | 'silence' | 'expire';
  /** Of the alert; of a silence what it matches by `=`. */
  readonly labels: Labels;
}

/** One message to the receiver; alerts by their label `alertname`, sorted. */
export interface Heard {
  readonly firing: readonly string[];
  readonly resolved: readonly string[];
}

export interface Script {
  readonly name: string;
  readonly steps: readonly Step[];
  /** How long it is listened to. */
  readonly untilMs: number;
}

/** Every script groups by `model` with these times; nothing repeats while it runs. */
export const SCRIPT_TIMES = { groupWaitMs: 1000, groupIntervalMs: 2000, repeatIntervalMs: 3_600_000 };

const drift: Labels = { alertname: 'drift', model: 'fraud' };
const gap: Labels = { alertname: 'gap', model: 'fraud' };

export const SCRIPTS = {
  plain: {
    name: 'an alert fires and ends',
    steps: [
      { atMs: 0, does: 'fire', labels: drift },
      { atMs: 2500, does: 'resolve', labels: drift },
    ],
    untilMs: 7000,
  },
  again: {
    name: 'an alert fires, ends and fires again',
    steps: [
      { atMs: 0, does: 'fire', labels: drift },
      { atMs: 2500, does: 'resolve', labels: drift },
      { atMs: 7000, does: 'fire', labels: drift },
    ],
    untilMs: 12_000,
  },
  short: {
    name: 'an alert ends before anybody is told',
    steps: [
      { atMs: 0, does: 'fire', labels: drift },
      { atMs: 300, does: 'resolve', labels: drift },
    ],
    untilMs: 5000,
  },
  group: {
    name: 'a second alert joins a group, and the first ends',
    steps: [
      { atMs: 0, does: 'fire', labels: drift },
      { atMs: 1500, does: 'fire', labels: gap },
      { atMs: 4000, does: 'resolve', labels: drift },
    ],
    untilMs: 9000,
  },
  silenced: {
    name: 'an alert fires and ends within a silence',
    steps: [
      { atMs: 0, does: 'silence', labels: { model: 'fraud' } },
      { atMs: 200, does: 'fire', labels: drift },
      { atMs: 4000, does: 'resolve', labels: drift },
    ],
    untilMs: 8000,
  },
  lost: {
    name: 'an alert that was told ends within a silence, and fires again after it',
    steps: [
      { atMs: 0, does: 'fire', labels: drift },
      { atMs: 2000, does: 'silence', labels: { model: 'fraud' } },
      { atMs: 3000, does: 'resolve', labels: drift },
      { atMs: 9000, does: 'expire', labels: { model: 'fraud' } },
      { atMs: 12_000, does: 'fire', labels: drift },
    ],
    untilMs: 18_000,
  },
} as const satisfies Readonly<Record<string, Script>>;
