import type { ModelKey, Rule, Score } from '../model.ts';
import type { Change, Control } from '../ports.ts';
import { applySignal } from '../route/alerts.ts';
import { alertIdentity } from '../route/identity.ts';
import { levelOf, rulesFor } from '../route/judge.ts';
import type { Level } from '../route/persistence.ts';
import { routeJudged, routeTime, type JudgedSignal } from '../route/pipeline.ts';
import type { Situation } from '../route/types.ts';
import { lastEpisode, modelsDue, modelsFiring, silenceTable } from '../store/sqlite/documents.ts';
import {
  fleetScores,
  isNewestWindow,
  latestScores,
  levelsBefore,
  putLevel,
  putScore,
  scoreById,
  scoresBetween,
} from '../store/sqlite/scores.ts';
import { expireDeliveries } from './deliveries.ts';
import { changeSituation, contextOf, loadSituation, saveSituation, type Desk } from './situation.ts';

type Judging = Pick<Control, 'judge' | 'runTimers' | 'latestScores' | 'scores' | 'score' | 'fleetScores'>;

/** Scores in, alerts, incidents, actions and notices out; and what time alone changes. */
export function judgingMethods(desk: Desk): Judging {
  const { database } = desk;
  return {
    judge: async (scores, nowMs) =>
      database.transaction(() => byModel(scores).flatMap((group) => judgeModel(desk, group, nowMs))),
    runTimers: async (nowMs) => database.transaction(() => runTimers(desk, nowMs)),
    latestScores: async (key) => latestScores(database, key),
    scores: async (query) => scoresBetween(database, query),
    score: async (id) => scoreById(database, id),
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
  let situation = before;
  for (const score of scores) {
    const scoreId = putScore(desk.database, score, nowMs);
    for (const rule of rulesFor(desk.options.rules, score)) {
      const signal = judgeOne(desk, situation, { score, scoreId, rule, nowMs });
      judged.push(signal);
      situation = signal.judged.situation;
    }
  }
  const after = routeJudged(situation, judged, contextOf(desk, nowMs));
  return [
    ...saveSituation(desk, { before, after }, nowMs),
    { kind: 'score', ...key, id: '', text: `${scores.length} scores judged` },
  ];
}

function judgeOne(
  { database, options }: Desk,
  situation: Situation,
  input: { readonly score: Score; readonly scoreId: number; readonly rule: Rule; readonly nowMs: number },
): JudgedSignal {
  const { score, scoreId, rule, nowMs } = input;
  const { tenant, model, subject, windowToMs } = score;
  const track = { tenant, model, rule: rule.id, subject, windowToMs };
  const { of, open, pageOpen, close } = rule.persistence;
  const level = levelOf(rule, score);
  const signal = {
    rule,
    score,
    level,
    history: levelsBefore(database, track, Math.max(of, open, pageOpen, close)) as Level[],
    newest: isNewestWindow(database, track),
    lastEpisode: lastEpisode(database, alertIdentity(score, rule.id, subject)),
  };
  const context = { nowMs, settings: options.settings, rules: options.rules };
  const judged = applySignal(situation, signal, context);
  const { reason, severity } = judged.verdict;
  putLevel(database, { ...track, scoreId, level, reason, severity });
  return { signal, judged };
}

function runTimers(desk: Desk, nowMs: number): readonly Change[] {
  const expired = expireDeliveries(desk, nowMs);
  const silenced = silenceTable(desk.database)
    .advance(nowMs)
    .flatMap((tenant) => modelsFiring(desk.database, tenant));
  const due = modelsDue(desk.database, { nowMs, rules: desk.options.rules.map((rule) => rule.id) });
  const keys = new Map([...silenced, ...due].map((key) => [JSON.stringify([key.tenant, key.model]), key]));
  return [
    ...expired,
    ...[...keys.values()].flatMap((key) => changeSituation(desk, { key, nowMs }, routeTime)),
  ];
}
