/** Many rows in one statement of PostgreSQL: one list for each column, which `unnest` turns into rows again. */
import { type ColumnKind, type Columns, columnName, list, type Parameter, type RowOf } from '../columns.ts';

const types: Readonly<Record<ColumnKind, string>> = {
  integer: 'bigint',
  boolean: 'boolean',
  text: 'text',
  json: 'text',
  bytes: 'bytea',
};

/** Each column as a parameter that takes the values of all rows. */
export type Lists<Given extends Columns> = {
  readonly [Member in keyof Given]: ReturnType<typeof list<RowOf<Given>[Member]>>;
};

export function lists<Given extends Columns>(columns: Given): Lists<Given> {
  const all = Object.entries(columns).map(([member, column]) => [member, list(column)]);
  return Object.fromEntries(all) as Lists<Given>;
}

/** `unnest(:digest::bytea[], …) WITH ORDINALITY AS each (digest, …, position)`, counted from 1. */
export function unnested(columns: Columns): string {
  const values = Object.entries(columns).map(([member, { kind }]) => `:${member}::${types[kind]}[]`);
  const names = Object.entries(columns).map(([member, column]) => columnName(member, column));
  return `unnest(${values.join(', ')}) WITH ORDINALITY AS each (${names.join(', ')}, position)`;
}

/** The parameters of a statement on `lists(columns)`. */
export function listsOf<Given extends Columns>(
  columns: Given,
  rows: readonly RowOf<Given>[],
): RowOf<Lists<Given>> {
  const all = Object.keys(columns).map((member) => [member, rows.map((row) => row[member] as Parameter)]);
  return Object.fromEntries(all) as RowOf<Lists<Given>>;
}
