import type { Half } from '../batch.ts';
import type { LimitSettings } from '../settings.ts';
import { BatchBuilder } from './builder.ts';
import type { Columns } from './inference.ts';
import { placeInference, sideOf } from './inference-rows.ts';
import type { Side } from './inference-rows.ts';
import type { Moment } from './moment.ts';

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
}

export interface HalfOptions {
  readonly tenant: string;
  readonly receivedAtMs: number;
  readonly limits: LimitSettings;
}

export function halfOf(
  given: Named & { readonly pair: string; readonly side: Half['side']; readonly columns: Columns },
  options: HalfOptions,
): Half {
  const { pair, side, columns, model, version, id, segments, moment } = given;
  const own: Kept = { format: FORMAT, model, version, id, segments, moment, ...sideOf(columns, side) };
  return {
    pair,
    side,
    payload: JSON.stringify(own),
    complete: (other) => {
      const waited = JSON.parse(other) as Kept;
      return side === 'response' ? rowsOf(waited, own, options) : rowsOf(own, waited, options);
    },
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
      segments: request.segments,
      moment: request.moment.timeMs === 0 ? response.moment : request.moment,
      request,
      response,
    });
  return builder.finish(null);
}
