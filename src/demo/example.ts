/** Makes up a value that a JSON Schema accepts, in the words of JSON Schema or of Gemini's OpenAPI subset. Pure. */
import { arrayAt, type Fields, fieldsAt, isFields } from './fields.ts';

/** Schemas nest deeper only when they refer to themselves. */
const depthMax = 8;

/** Schemas without a type, or nested too deeply, get null. */
export function exampleOf(
  schema: unknown,
  root: Fields = isFields(schema) ? schema : {},
  depth = 0,
): unknown {
  if (!isFields(schema) || depth > depthMax) return null;
  const next = (inner: unknown) => exampleOf(inner, root, depth + 1);
  if ('const' in schema) return schema.const;
  if ('default' in schema) return schema.default;
  const [chosen] = arrayAt(schema, 'enum');
  if (chosen !== undefined) return chosen;
  if (typeof schema.$ref === 'string') return next(resolve(root, schema.$ref));
  const [variant] = [...arrayAt(schema, 'anyOf'), ...arrayAt(schema, 'oneOf'), ...arrayAt(schema, 'allOf')];
  if (variant !== undefined) return next(variant);
  return exampleOfType(typeOf(schema), schema, next);
}

function exampleOfType(type: string, schema: Fields, next: (inner: unknown) => unknown): unknown {
  if (type === 'string') return 'example';
  if (type === 'integer' || type === 'number') return schema.minimum ?? 1;
  if (type === 'boolean') return true;
  if (type === 'array') return 'items' in schema ? [next(schema.items)] : [];
  if (type !== 'object') return null;
  const properties = fieldsAt(schema, 'properties');
  const names = Array.isArray(schema.required) ? schema.required.map(String) : Object.keys(properties);
  return Object.fromEntries(names.map((name) => [name, next(properties[name])]));
}

function typeOf({ type, properties }: Fields): string {
  const types = Array.isArray(type) ? type : [type];
  const first = types.find((name) => typeof name === 'string' && name.toLowerCase() !== 'null');
  if (typeof first === 'string') return first.toLowerCase();
  return isFields(properties) ? 'object' : 'null';
}

/** Only references within the schema, such as `#/$defs/city`. */
function resolve(root: Fields, reference: string): unknown {
  const names = reference.startsWith('#/') ? reference.slice(2).split('/') : [];
  return names.reduce<unknown>((at, name) => (isFields(at) ? at[name] : undefined), root);
}
