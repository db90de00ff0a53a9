/** The id of a row as it was sent, of a table's alias. */
export function idSql(alias: string): string {
  return `coalesce(${alias}.id_text, ${alias}.id_key::VARCHAR)`;
}
