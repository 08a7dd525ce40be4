/** Columns as values: what each holds, how it is read from a row, and how it is written as a parameter. */

/** What either driver returns. */
export type Row = Readonly<Record<string, unknown>>;
type Scalar = string | number | boolean | Uint8Array | null;
export type Parameter = Scalar | readonly Scalar[];

/** `json` = a text that holds JSON. */
export type ColumnKind = 'integer' | 'boolean' | 'text' | 'json' | 'bytes';

export interface Column<Value> {
  readonly kind: ColumnKind;
  /** Undefined = the name of the member in snake case. */
  readonly name: string | undefined;
  /** Whether the column may be null. */
  readonly isOptional: boolean;
  decode(stored: unknown): Value;
  encode(value: Value): Parameter;
}

/** By the names of the members that hold their values. */
export type Columns = Readonly<Record<string, Column<unknown>>>;
/** The values of some columns: the row of a table, or the parameters of a statement. */
export type RowOf<Given extends Columns> = {
  readonly [Member in keyof Given]: Given[Member] extends Column<infer Value> ? Value : never;
};

// The types of stored values are certain: PostgreSQL has no others in these columns, and in SQLite tables are STRICT.
function plain<Value extends Parameter>(kind: ColumnKind, name: string | undefined): Column<Value> {
  return { kind, name, isOptional: false, decode: (stored) => stored as Value, encode: (value) => value };
}

export const integer = <Value extends number = number>(name?: string) => plain<Value>('integer', name);
export const text = <Value extends string = string>(name?: string) => plain<Value>('text', name);
export const bytes = (name?: string) => plain<Uint8Array>('bytes', name);

/** SQLite has no booleans: they are 0 and 1. */
export const boolean = (name?: string): Column<boolean> => ({
  ...plain<boolean>('boolean', name),
  decode: (stored) => stored === 1 || stored === true,
});

export function json<Value>(name?: string): Column<Value> {
  return {
    kind: 'json',
    name,
    isOptional: false,
    decode: (stored) => JSON.parse(stored as string) as Value,
    encode: (value) => JSON.stringify(value),
  };
}

export function optional<Value>(column: Column<Value>): Column<Value | null> {
  return {
    ...column,
    isOptional: true,
    decode: (stored) => (stored === null ? null : column.decode(stored)),
    encode: (value) => (value === null ? null : column.encode(value)),
  };
}

/** A parameter of several values, for `ANY` and `unnest` of PostgreSQL. */
export function list<Value>(column: Column<Value>): Column<readonly Value[]> {
  return {
    ...column,
    decode: (stored) => (stored as readonly unknown[]).map((each) => column.decode(each)),
    encode: (values) => values.map((value) => column.encode(value) as Scalar),
  };
}

export function pick<Given extends Columns, Member extends keyof Given>(
  columns: Given,
  ...members: readonly Member[]
): Pick<Given, Member> {
  return Object.fromEntries(members.map((member) => [member, columns[member]])) as Pick<Given, Member>;
}

export function omit<Given extends Columns, Member extends keyof Given>(
  columns: Given,
  ...members: readonly Member[]
): Omit<Given, Member> {
  const left = Object.entries(columns).filter(([member]) => !members.includes(member as Member));
  return Object.fromEntries(left) as unknown as Omit<Given, Member>;
}

export function columnName(member: string, { name }: Pick<Column<unknown>, 'name'>): string {
  return name ?? member.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `id, account_id, …`, in the order of the columns, as in all of these. */
export function names(columns: Columns): string {
  return namesOf(columns).join(', ');
}

/** Of the table called `alias`: `k.id AS owner_id, …` */
export function namesIn(columns: Columns, alias: string, prefix = ''): string {
  return namesOf(columns)
    .map((name) => `${alias}.${name}${prefix && ` AS ${prefix}${name}`}`)
    .join(', ');
}

const namesOf = (columns: Columns) =>
  Object.entries(columns).map(([member, column]) => columnName(member, column));

/** `:id, :accountId, …`, for VALUES. */
export function parameters(columns: Columns): string {
  return Object.keys(columns)
    .map((member) => `:${member}`)
    .join(', ');
}

/** `id = :id, account_id = :accountId, …`, for UPDATE. */
export function assignments(columns: Columns): string {
  return Object.entries(columns)
    .map(([member, column]) => `${columnName(member, column)} = :${member}`)
    .join(', ');
}

/** @param prefix what the names of the columns begin with, as in `namesIn` */
export function reader<Given extends Columns>(columns: Given, prefix = ''): (row: Row) => RowOf<Given> {
  const parts = Object.entries(columns).map(
    ([member, column]) => [member, prefix + columnName(member, column), column] as const,
  );
  return (row) => {
    const read: Record<string, unknown> = {};
    for (const [member, name, column] of parts) read[member] = column.decode(row[name]);
    return read as RowOf<Given>;
  };
}
