/** Defines query parameters: meaning, accepted values, and OpenAPI description. */
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import { startOfDay } from './days.ts';

export interface QueryParameter {
  readonly description: string;
  /** JSON Schema. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** Other names that clients of the compatible API use for the parameter. */
  readonly aliases?: readonly string[];
  readonly required?: boolean;
  /**
   * Returns the rule that the text breaks, phrased to follow the parameter's name; undefined = valid. Not called
   * for an empty text.
   */
  readonly fault: (text: string) => string | undefined;
}

/** Parameters by name. A plain string is the description of a text parameter. */
export type QueryParameters = Readonly<Record<string, string | QueryParameter>>;

const must = (holds: boolean, what: string) => (holds ? undefined : `must be ${what}`);

export function textParameter(description: string, more: Partial<QueryParameter> = {}): QueryParameter {
  return { description, schema: { type: 'string' }, fault: () => undefined, ...more };
}

/** A whole number of any size and sign; out-of-range values are clamped. */
export function pagingParameter(description: string, aliases: readonly string[] = []): QueryParameter {
  const fault = (text: string) => must(/^-?[0-9]+$/.test(text), 'a whole number');
  return { description, schema: { type: 'integer' }, aliases, fault };
}

/** An id, or seconds since 1970; 0 = no filter. */
export function numberParameter(description: string, aliases: readonly string[] = []): QueryParameter {
  const fault = (text: string) =>
    must(/^[0-9]+$/.test(text) && Number.isSafeInteger(Number(text)), 'a positive whole number');
  const schema = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
  return { description, schema, aliases, fault };
}

export function choiceParameter(description: string, choices: readonly string[]): QueryParameter {
  const fault = (text: string) => must(choices.includes(text), choices.join(' or '));
  return { description, schema: { type: 'string', enum: choices }, fault };
}

/**
 * Several values, comma separated.
 * @param what the values are, in words that follow "must be"
 * @param form of one value: a regular expression without anchors
 */
export function listParameter(description: string, what: string, form: string): QueryParameter {
  const more = limits.filter_values_max - 1;
  const pattern = `^(?:${form})(?:,(?:${form})){0,${more}}$`;
  // By code points, as JSON Schema reads it.
  const isRight = new RegExp(pattern, 'u');
  const fault = (text: string) => must(isRight.test(text), `${what}, at most ${more + 1}, comma separated`);
  return {
    description: `${description} Several are comma separated.`,
    schema: { type: 'string', pattern },
    fault,
  };
}

/** A day in UTC. */
export function dayParameter(description: string): QueryParameter {
  const fault = (text: string) => must(startOfDay(text) !== undefined, 'a day such as 2027-01-31');
  return { description, schema: { type: 'string', format: 'date' }, fault };
}

export function parameterOf(parameter: string | QueryParameter): QueryParameter {
  return typeof parameter === 'string' ? textParameter(parameter) : parameter;
}

export function wrongParameter(name: string, problem: string): HalleyError {
  return new HalleyError('invalid_value', { message: `The parameter "${name}" ${problem}.`, param: name });
}

/** @throws HalleyError('invalid_value') naming the invalid parameter */
export function checkQuery(parameters: QueryParameters, query: URLSearchParams): void {
  for (const [name, described] of Object.entries(parameters)) {
    const { aliases = [], required, fault } = parameterOf(described);
    if (required && !query.get(name)) throw wrongParameter(name, 'is missing');
    for (const each of [name, ...aliases]) {
      const text = query.get(each);
      const problem = text ? fault(text) : undefined;
      if (problem) throw wrongParameter(each, problem);
    }
  }
}
