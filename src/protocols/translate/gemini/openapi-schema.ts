/** Converts a schema of Google's OpenAPI subset, which a Gemini client may send, to JSON Schema. Pure. */
import type { JsonObject } from '../../protocol.ts';
import { isPlainObject } from '../json.ts';
import { snakeCase } from './spelling.ts';

const counts = ['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties'];
/** Keywords of two words, by the spelling with underscores. */
const camelNames: ReadonlyMap<string, string> = new Map(
  [...counts, 'anyOf', 'propertyOrdering'].map((name) => [snakeCase(name), name]),
);

export function fromOpenApiSchema(schema: JsonObject): JsonObject {
  const result: Record<string, unknown> = {};
  for (const [written, value] of Object.entries(schema)) {
    const name = camelNames.get(written) ?? written;
    if (!leftOut.has(name) && value !== null) result[name] = convertedMember(name, value);
  }
  if (result.format === 'enum') delete result.format;
  if (result.type === 'type_unspecified') delete result.type;
  if (result.type === 'integer' && Array.isArray(result.enum)) result.enum = result.enum.map(Number);
  return schema.nullable === true ? withNull(result) : result;
}

/** The type says what `nullable` says; the others only describe. */
const leftOut = new Set(['nullable', 'propertyOrdering', 'example']);

function convertedMember(name: string, value: unknown): unknown {
  if (name === 'type' && typeof value === 'string') return value.toLowerCase();
  if (counts.includes(name) && typeof value === 'string') return Number(value);
  if (name === 'items' && isPlainObject(value)) return fromOpenApiSchema(value);
  if (name === 'anyOf' && Array.isArray(value)) {
    return value.map((item) => (isPlainObject(item) ? fromOpenApiSchema(item) : item));
  }
  if (name === 'properties' && isPlainObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, isPlainObject(item) ? fromOpenApiSchema(item) : item]),
    );
  }
  return value;
}

function withNull(schema: JsonObject): JsonObject {
  const { type, anyOf } = schema;
  return {
    ...schema,
    ...(type !== undefined && { type: [type, 'null'] }),
    ...(Array.isArray(anyOf) && { anyOf: [...anyOf, { type: 'null' }] }),
    ...(Array.isArray(schema.enum) && { enum: [...schema.enum, null] }),
  };
}
