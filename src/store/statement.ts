/**
 * Statements as values: a text with named parameters (`:accountId`), the columns that say what each holds, and a reader
 * of the rows. The same value runs on both engines, which number parameters in their own ways.
 */
import { boolean, type Columns, integer, type Parameter, type Row, type RowOf } from './columns.ts';

export interface Statement<Parameters, Result> {
  /** With `?1`, `?2`, … */
  readonly sqlite: string;
  /** With `$1`, `$2`, … */
  readonly postgres: string;
  /** The values in the order of their numbers. */
  readonly bind: (parameters: Parameters) => Parameter[];
  readonly read: (row: Row) => Result;
}

/** What follows a statement in a call: its parameters, if it has any. */
export type Given<Parameters> = keyof Parameters extends never ? [] : [parameters: Parameters];

/** Not the `::type` of PostgreSQL. */
const named = /(?<![:\w]):([a-z]\w*)/gi;

const asIs = <Result>(row: Row) => row as Result;

/**
 * @param takes the parameters, each of which the text must name
 * @param read undefined = rows are returned as the driver returns them
 */
export function statement<Takes extends Columns, Result = Row>(
  takes: Takes,
  text: string,
  read: (row: Row) => Result = asIs,
): Statement<RowOf<Takes>, Result> {
  const { used, ...texts } = numbered(text);
  const encoders = used.map((name) => {
    const column = Object.hasOwn(takes, name) ? takes[name] : undefined;
    if (!column) throw new Error(`the parameter :${name} is not declared: ${text}`);
    return [name, column] as const;
  });
  const unused = Object.keys(takes).filter((name) => !used.includes(name));
  if (unused.length > 0) throw new Error(`the parameter :${unused.join(', :')} is not used: ${text}`);
  return {
    ...texts,
    bind: (values) => encoders.map(([name, column]) => column.encode(values[name])),
    read,
  };
}

/** Parameters of a composed statement, by name. They are written as they are. */
export type Parameters = Readonly<Record<string, Parameter>>;

/** A statement whose text depends on the query, such as on the filters that are set. It may use some parameters only. */
export function composed<Result = Row>(
  text: string,
  read: (row: Row) => Result = asIs,
): Statement<Parameters, Result> {
  const { used, ...texts } = numbered(text);
  const givenValue = (parameters: Parameters, name: string): Parameter => {
    const value = parameters[name];
    if (value === undefined) throw new Error(`the parameter :${name} has no value: ${text}`);
    return value;
  };
  return { ...texts, bind: (parameters) => used.map((name) => givenValue(parameters, name)), read };
}

function numbered(text: string) {
  const used = [...new Set([...text.matchAll(named)].map(([, name = '']) => name))];
  const withSign = (sign: string) =>
    text.replace(named, (_, name: string) => sign + (used.indexOf(name) + 1));
  return { used, sqlite: withSign('?'), postgres: withSign('$') };
}

/** Reads one column as a number, such as a count. */
export const numberIn =
  (column: string) =>
  (row: Row): number =>
    Number(row[column]);

/** Reads one column as a text. */
export const textIn =
  (column: string) =>
  (row: Row): string =>
    String(row[column]);

/** Reads one column as a boolean. */
export const booleanIn =
  (column: string) =>
  (row: Row): boolean =>
    boolean().decode(row[column]);

/** Parameters of a page. */
export const page = { limit: integer(), offset: integer() } as const;
