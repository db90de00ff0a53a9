import type { Column } from '../../detectors/schema-change.ts';
import type { ModelEntry } from '../model.ts';
import type { FeatureWindow } from './feature-scores.ts';
import type { CountsSource } from './types.ts';

/** So many are counted; a model whose features all have new names says enough with these. */
const MOST_COLUMNS = 20;

/**
 * The features that came after the baseline was frozen, with their rows in the window. They have no cells yet, so the rows
 * themselves are read: only while there are such features.
 */
export async function unknownColumns(
  source: CountsSource,
  { key, baseline, window, unmonitored }: FeatureWindow,
  entry: ModelEntry | undefined,
): Promise<readonly Column[]> {
  const fresh = (entry?.features ?? []).filter(
    ({ name }) => !(name in baseline.layouts) && !unmonitored.includes(name),
  );
  const scope = { ...key, ...window };
  return Promise.all(
    fresh.slice(0, MOST_COLUMNS).map(async ({ name, kind }) => {
      const rows =
        kind === 'number' ? await numbersIn(source, scope, name) : await textsIn(source, scope, name);
      return { feature: name, kind: kind === 'number' ? 'number' : 'category', rows };
    }),
  );
}

type Scope = FeatureWindow['key'] & FeatureWindow['window'];

async function numbersIn(source: CountsSource, scope: Scope, name: string): Promise<number> {
  const [row] = await source.summarize({ ...scope, columns: [{ name, edges: [0] }] });
  const column = row?.columns[name];
  return column === undefined ? 0 : column.finite + column.nonFinite;
}

async function textsIn(source: CountsSource, scope: Scope, name: string): Promise<number> {
  const [row] = await source.categories({ ...scope, column: name, topK: 1 });
  return row === undefined ? 0 : row.rows - row.nulls;
}
