import type { Half } from '../batch.ts';
import type { LimitSettings } from '../settings.ts';
import { BatchBuilder } from './builder.ts';
import type { Columns } from './inference.ts';
import { placeInference, rowId, sideOf } from './inference-rows.ts';
import type { Side } from './inference-rows.ts';
import type { Moment } from './moment.ts';
import { hiddenSegments, hiddenValues } from './pii.ts';
import type { PiiRules } from './pii.ts';

/** The two halves of an inference, and the rows they make together. */

/** Halves wait on disk, so a newer program may find those of an older one. */
const FORMAT = 1;

interface Named {
  readonly model: string;
  readonly version: string | null;
  readonly id: string;
  readonly segments: Readonly<Record<string, string>>;
  readonly moment: Readonly<Moment>;
}

/** What is kept of a half. */
interface Kept extends Named, Side {
  readonly format: number;
  /** The hashed id of every row, where ids are hashed; `id` is none then. */
  readonly ids?: readonly string[];
}

export interface HalfOptions {
  readonly tenant: string;
  readonly receivedAtMs: number;
  readonly limits: LimitSettings;
  /** What is hidden before anything waits on disk. */
  readonly pii?: PiiRules | undefined;
}

export function halfOf(
  given: Named & { readonly pair: string; readonly side: Half['side']; readonly columns: Columns },
  options: HalfOptions,
): Half {
  const { pair, side, columns, model, version, id, segments, moment } = given;
  const told: Kept = { format: FORMAT, model, version, id, segments, moment, ...sideOf(columns, side) };
  const { pii } = options;
  const own = pii === undefined ? told : hidden(told, pii);
  return {
    pair: pii?.hashPredictionId === true ? pii.hash(pair) : pair,
    side,
    payload: JSON.stringify(own),
    complete: (other) => {
      const waited = JSON.parse(other) as Kept;
      return side === 'response' ? rowsOf(waited, own, options) : rowsOf(own, waited, options);
    },
  };
}

/** An output may become a feature under a name that tells it from an input, so that the rules of both hold for it. */
function hidden(told: Kept, pii: PiiRules): Kept {
  const columns = told.columns.flatMap(([name, values]) => {
    const kept = hiddenValues([name, `response.${name}`], values, pii);
    return kept === null ? [] : [[name, kept] as const];
  });
  const ids = Array.from({ length: told.rows }, (_, row) => pii.hash(rowId(told.id, row, told.rows)));
  return {
    ...told,
    columns,
    segments: hiddenSegments(told.segments, pii),
    ...(pii.hashPredictionId && { id: '', ids }),
  };
}

function rowsOf(request: Kept, response: Kept, options: HalfOptions) {
  const builder = new BatchBuilder({ ...options, timed: true });
  if (request.format !== response.format)
    builder.refuse('unpaired', 'The half of an inference that waited was kept by another version of Leeway.');
  else
    placeInference(builder, {
      model: request.model,
      version: response.version ?? request.version,
      id: request.id,
      ...(request.ids !== undefined && { ids: request.ids }),
      segments: request.segments,
      moment: request.moment.timeMs === 0 ? response.moment : request.moment,
      request,
      response,
    });
  return builder.finish(null);
}
