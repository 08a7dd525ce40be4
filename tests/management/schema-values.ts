/** Generates values from a JSON Schema of the OpenAPI document: matching ones, and some that almost match. */
import fc from 'fast-check';
import type { Format } from './schema-formats.ts';

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly propertyNames?: Schema;
  readonly maxProperties?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
}

type Values = fc.Arbitrary<unknown>;

/** Values that hardly any field accepts: another type, an exceeded bound, an unusual character. */
const odd: Values = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    0,
    1,
    -1,
    -0,
    0.5,
    3,
    1e15,
    2 ** 53,
    -(2 ** 53),
    1e300,
    '',
    ' ',
    '0',
    'x',
  ),
  fc.constantFrom('true', 'a\u0000b', 'line\nbreak', '\u{1f4a5}'.repeat(33), 'x'.repeat(5000), '%%%', '-1'),
  fc.constantFrom([], {}, [null], [''], [[]], ['x', 'x'], { '': '' }, { x: null }, { 'a b': 'x' }),
  fc.jsonValue({ maxDepth: 1 }),
);

export interface Making {
  readonly formats: Readonly<Record<string, Format>>;
  readonly refs: Readonly<Record<string, Schema>>;
}

/** Generates values that match the supported keywords of the schema. A validator checks the others. */
export function fitting(schema: Schema, making: Making): Values {
  const { $ref, anyOf, type } = schema;
  if ($ref !== undefined) return fitting(making.refs[$ref.split('/').at(-1) ?? ''] ?? {}, making);
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (anyOf) return fc.oneof(...branchesOf(schema, anyOf).map((each) => fitting(each, making)));
  if (Array.isArray(type)) return fc.oneof(...type.map((each) => fitting({ ...schema, type: each }, making)));
  switch (type) {
    case 'string':
      return textOf(schema, making);
    case 'integer':
    case 'number':
      return numberOf(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return listOf(schema, making);
    case 'object':
      return objectOf(schema, making);
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

/** Returns the alternatives of a schema, each with the common keywords. */
function branchesOf({ anyOf: _anyOf, ...common }: Schema, anyOf: readonly Schema[]): readonly Schema[] {
  return anyOf.map((each) => ({
    ...common,
    ...each,
    ...(each.properties && { properties: { ...common.properties, ...each.properties } }),
    ...(each.required && { required: [...(common.required ?? []), ...each.required] }),
  }));
}

/** Generates values of which most are wrong in one place. */
export function near(schema: Schema, making: Making): Values {
  const { anyOf, properties, items } = schema;
  const inside = branchesOf(schema, anyOf ?? []).map((each) => near(each, making));
  if (items) inside.push(near(items, making).map((item) => [item]));
  for (const [name, property] of Object.entries(properties ?? {})) {
    inside.push(withMember(schema, making, name, near(property, making)));
  }
  if (properties) {
    const names = schema.required ?? [];
    for (const name of names) inside.push(fitting(schema, making).map((value) => without(value, name)));
    inside.push(withMember(schema, making, 'not_a_field', fc.constant(1)));
  }
  return fc.oneof(odd, fitting(schema, making), ...inside);
}

/** Generates a matching object except for one member. */
function withMember(schema: Schema, making: Making, name: string, values: Values): Values {
  return fc
    .tuple(fitting(schema, making), values)
    .map(([object, value]) => ({ ...(object as object), [name]: value }));
}

function without(value: unknown, name: string): unknown {
  const { [name]: _left, ...rest } = value as Record<string, unknown>;
  return rest;
}

function textOf({ format, pattern, minLength = 0, maxLength = 200 }: Schema, { formats }: Making): Values {
  const known = format === undefined ? undefined : formats[format];
  if (known) return known.values;
  const length = (text: string) => [...text].length;
  const regexp = new RegExp(pattern ?? '', 'u');
  const within = (text: string) =>
    length(text) >= minLength && length(text) <= maxLength && regexp.test(text);
  // Negated classes and character properties cannot be generated from; a filter handles those.
  const makes = pattern !== undefined && !/\[\^|\\p/.test(pattern);
  const matching = makes ? [fc.stringMatching(regexp)] : [];
  const few = { minLength, maxLength: Math.min(maxLength, minLength + 20) };
  return fc
    .oneof(
      fc.string(few),
      fc.string({ ...few, unit: 'binary' }),
      fc.constant('x'.repeat(maxLength)),
      fc.constant('\u{1f4a5}'.repeat(maxLength)),
      fc.constant('x'.repeat(minLength)),
      ...matching,
    )
    .filter(within);
}

function numberOf({ type, minimum, exclusiveMinimum, maximum, multipleOf = 1 }: Schema): Values {
  const least = minimum ?? (exclusiveMinimum === undefined ? -1000 : exclusiveMinimum + 1);
  const most = maximum ?? Math.max(least, 1_000_000);
  if (type === 'number' && multipleOf !== 1) {
    const digits = -Math.floor(Math.log10(multipleOf));
    return fc
      .integer({ min: -1_000_000, max: 1_000_000 })
      .map((count) => Number((count * multipleOf).toFixed(digits)));
  }
  const small = fc.integer({ min: least, max: Math.min(most, least + 20) });
  return fc.oneof(small, fc.integer({ min: least, max: most }), fc.constantFrom(least, most));
}

function listOf({ items = {}, minItems = 0, maxItems = 4, uniqueItems }: Schema, making: Making): Values {
  const size = { minLength: minItems, maxLength: Math.min(Math.max(maxItems, minItems), minItems + 3) };
  const each = fitting(items, making);
  return uniqueItems ? fc.uniqueArray(each, size) : fc.array(each, size);
}

function objectOf(schema: Schema, making: Making): Values {
  const { properties, required = [], additionalProperties, propertyNames } = schema;
  if (!properties) {
    const names = fitting(
      { type: 'string', minLength: 1, maxLength: 20, ...propertyNames },
      making,
    ) as fc.Arbitrary<string>;
    const values = fitting(typeof additionalProperties === 'object' ? additionalProperties : {}, making);
    return fc.dictionary(names, values, { maxKeys: Math.min(schema.maxProperties ?? 3, 3) });
  }
  const members = Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [name, fitting(property, making)]),
  );
  return fc.record(members, { requiredKeys: [...required] as never[] });
}
