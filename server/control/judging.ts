import type { Alert, ModelKey, Rule, Score, Severity } from '../model.ts';
import type { Change, Control } from '../ports.ts';
import { applySignal } from '../route/alerts.ts';
import { alertId, alertIdentity } from '../route/identity.ts';
import { levelOf, rulesFor } from '../route/judge.ts';
import { routeJudged, routeTime, type JudgedSignal } from '../route/pipeline.ts';
import { firingAlerts } from '../route/situation.ts';
import type { Situation } from '../route/types.ts';
import { closeUnjudged } from '../route/unjudged.ts';
import {
  documentTable,
  episodesSince,
  lastEpisode,
  modelsDue,
  silenceTable,
  tenantsDue,
} from '../store/sqlite/documents.ts';
import { documentsById, putDocuments } from '../store/sqlite/inputs.ts';
import { pruneScores } from '../store/sqlite/prune.ts';
import {
  fleetScores,
  hasBeenClean,
  latestScores,
  putLevel,
  putScore,
  scoreById,
  scoresBetween,
  worstOfWindows,
  type Track,
} from '../store/sqlite/scores.ts';
import { expireDeliveries } from './deliveries.ts';
import { runRouter } from './routing.ts';
import { contextOf, type Desk } from './desk.ts';
import { changeSituation, loadSituation, saveSituation } from './situation.ts';
import { tracksOf, type Before } from './tracks.ts';
import { closeAllUnjudged, isUnjudged } from './unjudged.ts';

type Judging = Pick<
  Control,
  'judge' | 'runTimers' | 'latestScores' | 'scores' | 'score' | 'worstOfWindows' | 'documents' | 'fleetScores'
>;

/** Scores in, alerts, incidents, actions and notices out; and what time alone changes. */
export function judgingMethods(desk: Desk): Judging {
  const { database } = desk;
  return {
    judge: async (scores, nowMs, documents = []) =>
      desk.transaction(() => {
        putDocuments(database, { scores, documents }, nowMs);
        const changes = byModel(scores).flatMap((group) => judgeModel(desk, group, nowMs));
        const tenants = new Set(scores.map(({ tenant }) => tenant));
        return [...changes, ...[...tenants].flatMap((tenant) => runRouter(desk, tenant, nowMs))];
      }),
    runTimers: async (nowMs) => desk.transaction(() => runTimers(desk, nowMs)),
    latestScores: async (key) => latestScores(database, key),
    scores: async (query) => scoresBetween(database, query),
    score: async (id) => scoreById(database, id),
    worstOfWindows: async (query) => worstOfWindows(database, query),
    documents: async (ids) => documentsById(database, ids),
    fleetScores: async (query) => fleetScores(database, query),
  };
}

/** Scores of one model in the order of their windows, which is the order persistence sees them in. */
function byModel(scores: readonly Score[]): readonly (readonly Score[])[] {
  const groups = Map.groupBy(scores, (score) => JSON.stringify([score.tenant, score.model]));
  return [...groups.values()].map((group) =>
    group.toSorted((first, second) => first.windowToMs - second.windowToMs),
  );
}

function judgeModel(desk: Desk, scores: readonly Score[], nowMs: number): readonly Change[] {
  const [first] = scores;
  if (first === undefined) return [];
  const key: ModelKey = { tenant: first.tenant, model: first.model };
  const before = loadSituation(desk, key, nowMs);
  const judged: JudgedSignal[] = [];
  const tracks = tracksOf(desk.database, scores);
  let situation = before;
  for (const score of scores) {
    const scoreId = putScore(desk.database, score, nowMs);
    for (const rule of rulesFor(desk.options.rules, score)) {
      const signal = judgeOne(desk, situation, { score, scoreId, rule, nowMs, before: tracks(score, rule) });
      judged.push(signal);
      situation = signal.judged.situation;
    }
  }
  const detectors = new Set(scores.map((score) => score.detector));
  const gone = unjudgedOf(desk, { situation, detectors, nowMs });
  const context = contextOf(desk, nowMs);
  const after = routeJudged(closeUnjudged(situation, gone, context), judged, context);
  return [
    ...saveSituation(desk, { before, after, isMore: true }, nowMs),
    { kind: 'score', ...key, id: '', text: `${scores.length} scores judged` },
  ];
}

/** Firing alerts whose detector has gone on without their subject, up to this batch. */
function unjudgedOf(
  desk: Desk,
  {
    situation,
    detectors,
    nowMs,
  }: { readonly situation: Situation; readonly detectors: ReadonlySet<string>; readonly nowMs: number },
): ReadonlySet<string> {
  const rules = desk.options.rules.filter((rule) => detectors.has(rule.detector)).map((rule) => rule.id);
  const asked = firingAlerts(situation).filter((alert) => rules.includes(alert.rule));
  return new Set(asked.filter((alert) => isUnjudged(desk, alert, nowMs)).map((alert) => alert.id));
}

/** The severity a person ended, while no window has been clean since. */
function endedByHand(
  database: Desk['database'],
  {
    identity,
    episode,
    track,
  }: { readonly identity: string; readonly episode: number; readonly track: Track },
): Severity | null {
  if (episode === 0) return null;
  const last = documentTable<Alert>(database, 'alerts').get(alertId(identity, episode));
  if (last?.resolvedBy === undefined || last.resolvedAtMs === null) return null;
  return hasBeenClean(database, track, last.resolvedAtMs) ? null : last.severity;
}

function judgeOne(
  { database, options }: Desk,
  situation: Situation,
  input: {
    readonly score: Score;
    readonly scoreId: number;
    readonly rule: Rule;
    readonly nowMs: number;
    readonly before: Before;
  },
): JudgedSignal {
  const { score, scoreId, rule, nowMs, before } = input;
  const { tenant, model, subject, windowToMs } = score;
  const track = { tenant, model, rule: rule.id, subject, windowToMs };
  const level = levelOf(rule, score);
  const identity = alertIdentity(score, rule.id, subject);
  const episode = lastEpisode(database, identity);
  const signal = {
    rule,
    score,
    level,
    ...before,
    lastEpisode: episode,
    recentEpisodes: episode === 0 ? 0 : episodesSince(database, identity, flapSinceMs(score, nowMs)),
    endedByHand: endedByHand(database, { identity, episode, track }),
  };
  const context = { nowMs, settings: options.settings, rules: options.rules };
  const judged = applySignal(situation, signal, context);
  const { reason, severity } = judged.verdict;
  putLevel(database, { ...track, scoreId, level, reason, severity });
  return { signal, judged };
}

/** How far back openings count as flapping: a day, or some windows of a model that is judged less often. */
function flapSinceMs({ windowFromMs, windowToMs }: Score, nowMs: number): number {
  return nowMs - Math.max(DAY_MS, FLAP_WINDOWS * (windowToMs - windowFromMs));
}

const DAY_MS = 86_400_000;
const FLAP_WINDOWS = 8;

function runTimers(desk: Desk, nowMs: number): readonly Change[] {
  const expired = expireDeliveries(desk, nowMs);
  const silenced = silenceTable(desk.database).advance(nowMs);
  const due = modelsDue(desk.database, { nowMs, rules: desk.options.rules.map((rule) => rule.id) });
  const keys = new Map(due.map((key) => [JSON.stringify([key.tenant, key.model]), key]));
  pruneScores(desk.database, { nowMs, keptLevels: longestMemory(desk), most: PRUNED_AT_ONCE });
  return [
    ...expired,
    ...closeAllUnjudged(desk, nowMs),
    ...[...keys.values()].flatMap((key) => changeSituation(desk, { key, nowMs }, routeTime)),
    ...[...new Set([...silenced, ...tenantsDue(desk.database, nowMs), ...tenantsToBuild(desk)])].flatMap(
      (tenant) => runRouter(desk, tenant, nowMs),
    ),
  ];
}

/** After a start the routes may be others: what waits there to be told must not wait for the next change of its alerts. */
function tenantsToBuild({ options, routers }: Desk): readonly string[] {
  return options.settings.tenants.map(({ id }) => id).filter((id) => !routers.has(id));
}

/** Keeps the transaction of a beat short (judgement); a full hour of a large fleet takes a few beats. */
const PRUNED_AT_ONCE = 2_000;

/** How many levels back the rules of a detector look. */
function longestMemory({ options }: Desk): (detector: string) => number {
  return (detector) => {
    const rules = options.rules.filter((rule) => rule.detector === detector);
    const counts = rules.flatMap(({ persistence, overrides = [] }) => [
      ...Object.values(persistence),
      ...overrides.flatMap((override) => Object.values(override.persistence ?? {})),
    ]);
    return Math.max(0, ...counts);
  };
}
