import { describe, expect, it } from 'vitest';
import { DELAY_EDGES, SCORE_LAYOUT } from '../../../detectors/outcome-cells.ts';
import { defaultModel } from '../../../server/config.ts';
import { outcomeScores } from '../../../server/detect/outcomes.ts';
import type { CountsSource } from '../../../server/detect/types.ts';
import type { Baseline, OutcomeCounts, OutcomeQuery } from '../../../server/model.ts';
import { detectContext } from './context.ts';

const KEY = { tenant: 'acme', model: 'fraud' };
const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 5, 30);
const BASELINE: Baseline = {
  ...KEY,
  id: 'b1',
  source: { kind: 'first', rows: 100 },
  createdAtMs: 0,
  fromMs: 0,
  toMs: DAY_MS,
  rows: 100,
  layouts: {},
  counts: {},
};

/** What is stored of the window that is judged; windows before it have 950 labels of 1000 predictions. */
interface Stored {
  labelled: number;
  waiting: number;
}

/** Labels that take an hour; `joins` is told after every read. */
function labels(stored: Stored, joins: (stored: Stored) => void): CountsSource {
  const told = <T>(answer: T): T => {
    joins(stored);
    return answer;
  };
  const source: Partial<CountsSource> = {
    labelDelays: async () => {
      const counts = [1000, ...DELAY_EDGES.map(() => 0)];
      return { labelled: 1000, counts, p50Ms: 0, p95Ms: 0 };
    },
    outcomeCounts: async (query) =>
      told(isJudged(query) ? outcomes(query, stored.labelled) : outcomes(query, 950)),
    freshness: async (keys) =>
      told(
        keys.map((key) => ({
          ...key,
          lastEventMs: null,
          lastReceivedMs: null,
          lastLabelReceivedMs: null,
          labelsUnresolved: stored.waiting,
          labelsWaiting: 0,
        })),
      ),
  };
  return source as CountsSource;
}

function isJudged({ fromMs, toMs, detail }: OutcomeQuery): boolean {
  return detail === 'totals' && toMs - fromMs === DAY_MS;
}

function outcomes({ fromMs }: OutcomeQuery, labelled: number): OutcomeCounts {
  const row = { group: null, fromMs, predictions: 1000, labelled, waiting: 0, expired: 0 };
  return { scoreLayout: SCORE_LAYOUT, rows: [{ ...row, classes: [], errors: [] }] };
}

async function coverage(stored: Stored, joins: (stored: Stored) => void = () => {}) {
  const model = { ...defaultModel(KEY), windowMs: DAY_MS };
  const job = { id: 'outcomes/acme/fraud', dueAtMs: NOW_MS, lastRunMs: null };
  const context = detectContext(labels(stored, joins), NOW_MS);
  const { scores } = await outcomeScores({ ...context, model, job }, BASELINE);
  return scores.find(({ detector }) => detector === 'label-coverage');
}

describe('the coverage of labels', () => {
  it('is told when labels do not come', async () => {
    expect((await coverage({ labelled: 382, waiting: 0 }))?.value).toBeGreaterThan(1);
  });

  it('is not decided while labels that have come wait to be joined', async () => {
    const score = await coverage({ labelled: 382, waiting: 618 });
    expect(score).toMatchObject({
      value: null,
      why: '618 labels have come and are not joined to their predictions yet',
    });
  });

  it('counts labels that are joined while it is read', async () => {
    const score = await coverage({ labelled: 382, waiting: 618 }, (stored) => {
      stored.labelled += stored.waiting;
      stored.waiting = 0;
    });
    expect(score?.value).toBeLessThan(1);
  });
});
