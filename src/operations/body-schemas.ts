/** JSON Schemas of request bodies, as far as Halley checks them, for the OpenAPI document. */
import { limits } from '../platform/limits.ts';
import type { JsonSchema } from './operation.ts';

const model = { type: 'string', minLength: 1, maxLength: limits.model_id_chars_max };
export const some: JsonSchema = { not: { type: 'null' } };
export const list: JsonSchema = { type: 'array' };
export const mayStream: JsonSchema = { type: ['boolean', 'null'] };
export const never: JsonSchema = { enum: [false, null] };

const objectId: JsonSchema = { type: 'string', minLength: 1 };
export const previousResponse: JsonSchema = { anyOf: [objectId, { type: 'null' }] };
export const conversation: JsonSchema = {
  anyOf: [objectId, { type: 'null' }, { type: 'object', required: ['id'], properties: { id: objectId } }],
};

type Members = Readonly<Record<string, JsonSchema>>;

/** A body that names its model. */
export const withModel = (required: Members, others: Members = {}): JsonSchema => ({
  type: 'object',
  required: ['model', ...Object.keys(required)],
  properties: { model, ...required, ...others },
});

/** A body for a model that the path names; one in the body must be the same. */
export const ofPath = (required: Members): JsonSchema => ({
  type: 'object',
  required: Object.keys(required),
  properties: required,
});

export const oneOfThese = (names: readonly string[]): JsonSchema => ({
  anyOf: names.map((name) => ({ required: [name], properties: { [name]: some } })),
});
