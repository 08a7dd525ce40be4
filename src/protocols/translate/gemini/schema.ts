/**
 * Converts JSON Schema to the subset of OpenAPI that `parameters` and `responseSchema` take [Schema], for Vertex and older
 * models. One key that is unknown to Gemini fails the whole request (facts, section 7), so only known keys are written.
 * What cannot be expressed is left out, so that the result accepts at least what the schema accepts. Pure.
 */
import type { JsonObject } from '../../protocol.ts';
import { defined, isPlainObject, numberOf, objectsIn, textOf } from '../json.ts';
import type { Losses } from '../losses.ts';

/** References may nest this deep; a schema that refers to itself is cut there. */
const refsMax = 5;
/** Schemas within the result: references of references multiply. */
const schemasMax = 10_000;

/** Keywords that restrict values and have no place in the subset. */
const lostKeywords = [
  ...['not', 'if', 'multipleOf', 'uniqueItems', 'patternProperties', 'propertyNames', 'contains'],
  ...['dependentRequired', 'dependentSchemas', 'dependencies', 'unevaluatedProperties', 'unevaluatedItems'],
];

/** The Gemini API refuses other formats of strings, and ones that do not belong to the type. */
const formats: ReadonlyMap<string | undefined, readonly (string | undefined)[]> = new Map([
  ['string', ['date-time']],
  ['integer', ['int32', 'int64']],
  ['number', ['float', 'double']],
]);

interface Place {
  readonly refs: number;
  readonly isNullable: boolean;
}

export function toOpenApiSchema(schema: JsonObject, losses: Losses): JsonObject {
  return new Converter(schema, losses).convert(schema, { refs: 0, isNullable: false });
}

class Converter {
  readonly #root: JsonObject;
  readonly #losses: Losses;
  #made = 0;

  constructor(root: JsonObject, losses: Losses) {
    this.#root = root;
    this.#losses = losses;
  }

  convert(value: unknown, place: Place): JsonObject {
    if (++this.#made > schemasMax)
      throw this.#losses.impossible('schema', 'Its references unfold to a schema that is too large.');
    const { schema, refs } = this.#expanded(isPlainObject(value) ? value : {}, place.refs);
    const variants = variantsOf(schema);
    const isNullable = place.isNullable || variants?.isNullable || schema.nullable === true;
    if (!variants) return this.#plain(schema, { refs, isNullable });
    const [first, ...others] = variants.schemas.map((variant) => this.convert(variant, { refs, isNullable }));
    // Vertex refuses any other field beside it.
    return first && others.length === 0 ? first : { anyOf: [first, ...others] };
  }

  /** The schema with what it refers to, and with all of `allOf`, as its own members. */
  #expanded(schema: JsonObject, refs: number): { readonly schema: JsonObject; readonly refs: number } {
    let { $ref, allOf, ...own } = schema;
    let depth = refs;
    const waiting: JsonObject[] = [];
    for (;;) {
      if (typeof $ref === 'string') waiting.push(this.#target($ref, ++depth));
      waiting.push(...objectsIn(allOf));
      const next = waiting.pop();
      if (!next) return { schema: own, refs: depth };
      const { $ref: nextRef, allOf: nextAll, ...members } = next;
      own = merged(members, own);
      $ref = nextRef;
      allOf = nextAll;
    }
  }

  #target(ref: string, depth: number): JsonObject {
    let found: unknown = this.#root;
    for (const step of ref.split('/').slice(1)) {
      const name = decoded(step).replaceAll('~1', '/').replaceAll('~0', '~');
      found = isPlainObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
    }
    if (!ref.startsWith('#') || !isPlainObject(found)) {
      throw this.#losses.impossible('$ref', `"${ref}" is not within the schema.`);
    }
    if (depth <= refsMax) return found;
    this.#losses.drop('schema.$ref');
    return typeof found.type === 'string' ? { type: found.type } : {};
  }

  /** A schema without alternatives: of one type at most. */
  #plain(schema: JsonObject, { refs, isNullable }: Place): JsonObject {
    for (const keyword of lostKeywords)
      if (schema[keyword] !== undefined) this.#losses.drop(`schema.${keyword}`);
    const values = this.#enumOf(schema);
    const type = typeOf(schema, values.list);
    const format = textOf(schema.format);
    return defined({
      type: type?.toUpperCase(),
      title: textOf(schema.title),
      description: textOf(schema.description),
      nullable: (type !== 'null' && (isNullable || values.isNullable)) || undefined,
      default: schema.default,
      ...(values.list
        ? { format: 'enum', enum: values.list.map(String) }
        : { format: formats.get(type)?.includes(format) ? format : undefined }),
      ...(type === 'object' && this.#objectMembers(schema, refs)),
      ...(type === 'array' && this.#arrayMembers(schema, refs)),
      ...(type === 'string' && {
        ...counts(schema, 'minLength', 'maxLength'),
        pattern: textOf(schema.pattern),
      }),
      ...((type === 'integer' || type === 'number') && boundsOf(schema, type)),
    });
  }

  #objectMembers(schema: JsonObject, refs: number): JsonObject {
    if (isPlainObject(schema.additionalProperties)) this.#losses.drop('schema.additionalProperties');
    const properties = isPlainObject(schema.properties) ? Object.entries(schema.properties) : [];
    const names = new Set(properties.map(([name]) => name));
    const known = (list: unknown) =>
      Array.isArray(list) ? list.filter((name) => names.has(name)) : undefined;
    const required = known(schema.required);
    return {
      properties:
        properties.length === 0
          ? undefined
          : Object.fromEntries(
              properties.map(([name, value]) => [name, this.convert(value, { refs, isNullable: false })]),
            ),
      required: required?.length ? required : undefined,
      propertyOrdering: known(schema.propertyOrdering),
      ...counts(schema, 'minProperties', 'maxProperties'),
    };
  }

  #arrayMembers(schema: JsonObject, refs: number): JsonObject {
    const { items, prefixItems } = schema;
    const tuple = Array.isArray(prefixItems) ? prefixItems : Array.isArray(items) ? items : [];
    const rest = Array.isArray(items) ? schema.additionalItems : items;
    const all: unknown[] = tuple.length > 0 && rest === undefined ? [...tuple, {}] : [...tuple];
    if (rest !== undefined && rest !== false) all.push(rest);
    const item = all.length > 1 ? { anyOf: all } : all[0];
    return {
      // Gemini wants it of every array.
      items: this.convert(item, { refs, isNullable: false }),
      ...counts(schema, 'minItems', 'maxItems'),
    };
  }

  /** Strings, and whole numbers as strings; other values have no place in `enum`. */
  #enumOf(schema: JsonObject): {
    readonly list: readonly unknown[] | undefined;
    readonly isNullable: boolean;
  } {
    const given = 'const' in schema ? [schema.const] : schema.enum;
    if (!Array.isArray(given)) return { list: undefined, isNullable: false };
    const list = given.filter((value) => value !== null);
    const isNullable = list.length < given.length;
    const fits =
      list.every((value) => typeof value === 'string') ||
      (schema.type !== 'number' && list.every((value) => Number.isSafeInteger(value)));
    if (!fits) this.#losses.drop('schema.enum');
    return { list: fits && list.length > 0 ? list : undefined, isNullable };
  }
}

/** A reference is part of a URI; one that is no valid one is taken as it is. */
function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}

/** All that both restrict. Where both have the same keyword, one is kept: fewer restrictions accept more. */
function merged(first: JsonObject, second: JsonObject): JsonObject {
  const both = { ...first, ...second };
  if (Array.isArray(first.required) && Array.isArray(second.required)) {
    both.required = [...new Set([...first.required, ...second.required])];
  }
  if (isPlainObject(first.properties) && isPlainObject(second.properties)) {
    const properties = new Map(Object.entries(first.properties));
    for (const [name, value] of Object.entries(second.properties)) {
      const other = properties.get(name);
      properties.set(name, isPlainObject(other) && isPlainObject(value) ? { allOf: [other, value] } : value);
    }
    both.properties = Object.fromEntries(properties);
  }
  return both;
}

const isNull = (schema: unknown) => isPlainObject(schema) && schema.type === 'null';

interface Variants {
  /** At least one. */
  readonly schemas: readonly JsonObject[];
  readonly isNullable: boolean;
}

/** The alternatives that a schema has, by `anyOf`, `oneOf` or a list of types; `null` is none of them. */
function variantsOf(schema: JsonObject): Variants | undefined {
  const { anyOf, oneOf, ...rest } = schema;
  const union = Array.isArray(anyOf) ? anyOf : oneOf;
  if (Array.isArray(union)) {
    const others = union.filter((each) => !isNull(each));
    if (others.length === 0) return { schemas: [{ ...rest, type: 'null' }], isNullable: false };
    const schemas = others.map((each) => withAll(rest, isPlainObject(each) ? each : {}));
    return { schemas, isNullable: others.length < union.length };
  }
  if (!Array.isArray(schema.type)) return undefined;
  const types = schema.type.filter((type) => type !== 'null');
  if (types.length === 0) return { schemas: [{ ...rest, type: 'null' }], isNullable: false };
  return {
    schemas: types.map((type) => ({ ...rest, type })),
    isNullable: types.length < schema.type.length,
  };
}

function withAll(rest: JsonObject, branch: JsonObject): JsonObject {
  return branch.$ref === undefined && branch.allOf === undefined
    ? merged(rest, branch)
    : { ...rest, allOf: [...objectsIn(rest.allOf), branch] };
}

const keywordTypes: readonly (readonly [type: string, keywords: readonly string[]])[] = [
  ['object', ['properties', 'required', 'additionalProperties']],
  ['array', ['items', 'prefixItems']],
  ['string', ['pattern', 'minLength', 'maxLength']],
];

/** The type that a schema says, or means by its keywords. */
function typeOf(schema: JsonObject, values: readonly unknown[] | undefined): string | undefined {
  if (typeof schema.type === 'string') return schema.type.toLowerCase();
  if (values) return values.every((value) => typeof value === 'string') ? 'string' : 'integer';
  return keywordTypes.find(([, keywords]) => keywords.some((keyword) => schema[keyword] !== undefined))?.[0];
}

/** Counts are strings there: int64. */
function counts(schema: JsonObject, ...names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, numberOf(schema[name])?.toString()]));
}

function boundsOf(schema: JsonObject, type: 'integer' | 'number'): JsonObject {
  const over = numberOf(schema.exclusiveMinimum);
  const under = numberOf(schema.exclusiveMaximum);
  const lows = [
    numberOf(schema.minimum),
    type === 'integer' && over !== undefined ? Math.floor(over) + 1 : over,
  ];
  const highs = [
    numberOf(schema.maximum),
    type === 'integer' && under !== undefined ? Math.ceil(under) - 1 : under,
  ];
  const isThere = (bound: number | undefined) => bound !== undefined;
  const low = Math.max(...lows.filter(isThere));
  const high = Math.min(...highs.filter(isThere));
  return {
    minimum: Number.isFinite(low) ? low : undefined,
    maximum: Number.isFinite(high) ? high : undefined,
  };
}
