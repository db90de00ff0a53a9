/** The id of a row as it was sent, of a table's alias. */
export function idSql(alias: string): string {
  return `${alias}.id`;
}
