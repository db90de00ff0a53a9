/** Codes of `predictions.dataset`: those of DATASETS, and from FIRST_SET on the uploaded sets of a model by their names. */
export const PRODUCTION = 0;
export const REFERENCE = 1;
export const FIRST_SET = 16;

/** SQL for rows that stay until somebody deletes them: a baseline may still be made of them. */
export function staysSql(dataset: string): string {
  return `(${dataset} = ${REFERENCE} OR ${dataset} >= ${FIRST_SET})`;
}
