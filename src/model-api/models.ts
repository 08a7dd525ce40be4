/** Renders model lists in the three protocols' shapes, as JSON texts. Pure. */

import type { ProtocolName } from '../domain/protocol-name.ts';
import { modelTypeOf } from '../ledger/price-list.ts';
import { queryValue } from '../operations/query.ts';
import { servesRealtime } from '../operations/realtime.ts';
import { operationsServing } from '../operations/serving.ts';
import { HalleyError } from '../platform/errors.ts';
import type { OfferedModel } from '../upstreams/upstreams.ts';
import type { ModelsRoute } from './models-route.ts';

/** A whole number between 1 and `max`, or `fallback` when the parameter is not there. */
function sizeFrom(query: string, name: string, fallback: number, max: number): number {
  const text = queryValue(query, name);
  if (text === undefined || text === '') return fallback;
  const size = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (size >= 1) return Math.min(size, max);
  throw new HalleyError('invalid_value', {
    message: `"${name}" must be a whole number from 1 to ${max}.`,
    param: name,
  });
}

/** The index of the model that a cursor names. */
function indexOfCursor(models: readonly OfferedModel[], id: string, name: string): number {
  const index = models.findIndex((model) => model.id === id);
  if (index !== -1) return index;
  throw new HalleyError('invalid_value', { message: `"${name}" names no model of the list.`, param: name });
}

const openaiModel = (model: OfferedModel) => ({
  id: model.id,
  object: 'model',
  created: model.createdAt,
  owned_by: 'halley',
});

const openaiList = (models: readonly OfferedModel[]) => ({ object: 'list', data: models.map(openaiModel) });

/** `null` is the API reference's word for what is not known. */
const anthropicModel = (model: OfferedModel) => ({
  type: 'model',
  id: model.id,
  display_name: model.id,
  created_at: new Date(model.createdAt * 1000).toISOString(),
  lifecycle: 'active',
  line: null,
  capabilities: null,
  max_input_tokens: null,
  max_tokens: null,
  deprecated_at: null,
  retires_at: null,
});

/** Paging of Anthropic's API reference: `limit` from 1 to 1000, and `after_id` or `before_id`. */
function anthropicList(models: readonly OfferedModel[], query: string) {
  const limit = sizeFrom(query, 'limit', 20, 1000);
  const after = queryValue(query, 'after_id');
  const before = queryValue(query, 'before_id');
  let start = 0;
  let end = limit;
  if (after) {
    start = indexOfCursor(models, after, 'after_id') + 1;
    end = start + limit;
  } else if (before) {
    end = indexOfCursor(models, before, 'before_id');
    start = Math.max(0, end - limit);
  }
  const page = models.slice(start, end);
  return {
    data: page.map(anthropicModel),
    has_more: before && !after ? start > 0 : end < models.length,
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
  };
}

const embeddingMethods = ['embedContent', 'batchEmbedContents'];
const generationMethods = ['generateContent', 'streamGenerateContent', 'countTokens'];

const geminiModel = (model: OfferedModel) => ({
  name: `models/${model.id}`,
  displayName: model.id,
  supportedGenerationMethods: modelTypeOf(model.id) === 'embedding' ? embeddingMethods : generationMethods,
});

/** Paging of the Gemini API reference: `pageSize` up to 1000, and a `pageToken` that hides the last id. */
function geminiList(models: readonly OfferedModel[], query: string) {
  const size = sizeFrom(query, 'pageSize', 50, 1000);
  const token = queryValue(query, 'pageToken');
  const lastSeen = token && Buffer.from(token, 'base64url').toString('utf8');
  const start = lastSeen ? indexOfCursor(models, lastSeen, 'pageToken') + 1 : 0;
  const page = models.slice(start, start + size);
  const last = page.at(-1);
  if (!last || start + size >= models.length) return { models: page.map(geminiModel) };
  return { models: page.map(geminiModel), nextPageToken: Buffer.from(last.id).toString('base64url') };
}

interface ModelsShape {
  one(model: OfferedModel): object;
  list(models: readonly OfferedModel[], query: string): object;
}

const shapes: Readonly<Record<ProtocolName, ModelsShape>> = {
  openai: { one: openaiModel, list: openaiList },
  anthropic: { one: anthropicModel, list: anthropicList },
  gemini: { one: geminiModel, list: geminiList },
};

function isReachable({ id, protocols }: OfferedModel, name: ProtocolName): boolean {
  const offers = (protocol: ProtocolName) => protocols.includes(protocol);
  const modelType = modelTypeOf(id);
  if (name === 'openai' && servesRealtime(modelType, offers)) return true;
  return operationsServing(modelType, offers).some(({ client }) => client.name === name);
}

/**
 * The response to a request for models: those that can be asked for in the route's protocol.
 * @param models what the key may use
 * @param query raw; for the paging of Anthropic and Gemini
 * @throws HalleyError('model_not_found') for an id that is not among them, `invalid_value` for bad paging
 */
export function renderModels(route: ModelsRoute, models: readonly OfferedModel[], query: string): string {
  const { name } = route.protocol;
  const shown = models.filter((model) => isReachable(model, name));
  if (route.id === undefined) return JSON.stringify(shapes[name].list(shown, query));
  const found = shown.find((model) => model.id === route.id);
  if (found) return JSON.stringify(shapes[name].one(found));
  throw new HalleyError('model_not_found', { param: 'model' });
}
