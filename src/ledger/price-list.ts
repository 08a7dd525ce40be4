/** The price list that ships with the gateway, and what it says of models besides their prices. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gatewayOrigin, type Origin } from '../domain/audit.ts';
import type { Clock } from '../platform/clock.ts';
import type { Changes, StoreBase } from '../store/store.ts';
import type { PriceEntry } from './price-format.ts';
import { entriesOf, type PricedModel, type PriceList, priceListSchema } from './price-schema.ts';

/** What is known of a model. */
export interface ModelCard {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  readonly description: string | undefined;
  /** `chat`, `embedding` or `image`. */
  readonly modelType: string;
  readonly features: readonly string[];
  /** Tokens that go in at most; undefined = not known. */
  readonly contextLength: number | undefined;
  /** Tokens that come out at most; undefined = not known. */
  readonly maxCompletionTokens: number | undefined;
}

export interface ShippedPrices {
  /** Day of the figures, such as `2026-11-24`. */
  readonly date: string;
  readonly source: string;
  readonly entries: readonly PriceEntry[];
}

const readFile = (): unknown =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'price-list.json'), 'utf8'));

/** Reads the prices anew each time: only the first start of a store needs them. */
export function shippedPrices(): ShippedPrices {
  const list = priceListSchema.parse(readFile());
  const { date = '', source = '' } = list;
  return { date, source, entries: entriesOf(list) };
}

let cards: ReadonlyMap<string, ModelCard> | undefined;

/** Not by the schema, which takes twenty times as long while a request waits. A test checks the file against it. */
function readCards(): ReadonlyMap<string, ModelCard> {
  const { models } = readFile() as PriceList;
  return new Map(models.map((model) => [model.id, cardFrom(model)]));
}

function cardFrom(model: PricedModel): ModelCard {
  return {
    id: model.id,
    name: model.name ?? model.id,
    provider: model.provider ?? '',
    description: model.description,
    modelType: model.model_type ?? 'chat',
    features: model.features ?? [],
    contextLength: model.context_length,
    maxCompletionTokens: model.max_completion_tokens,
  };
}

/** What a model makes: `chat`, `embedding`, `image`; a model that the list does not name chats. */
export function modelTypeOf(model: string): string {
  return cardOf(model)?.modelType ?? 'chat';
}

/** Undefined = the list does not name the model. */
export function cardOf(model: string): ModelCard | undefined {
  cards ??= readCards();
  return cards.get(model);
}

/**
 * Fills a store that never had a price with the list, in force since ever. For the start.
 * @returns how many prices were written
 */
export async function fillPrices(
  store: Pick<StoreBase, 'everHadPrices'> & { by(origin: Origin): Pick<Changes, 'insertPrices'> },
  clock: Clock,
): Promise<number> {
  if (await store.everHadPrices()) return 0;
  const { date, entries } = shippedPrices();
  const createdAt = Math.floor(clock.now() / 1000);
  const source = `price list of ${date} that ships with Halley`;
  await store
    .by(gatewayOrigin)
    .insertPrices(
      entries.map(({ model, rates }) => ({ ...rates, model, effectiveFrom: 0, source, createdAt })),
    );
  return entries.length;
}
