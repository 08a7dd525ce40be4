/** Builds the public model catalogue. Pure. */
import type { z } from 'zod';
import type { ProtocolName } from '../../domain/protocol-name.ts';
import { type ModelRates, type TokenRates, tokenRateNames } from '../../domain/rates.ts';
import { rateFields } from '../../ledger/price-format.ts';
import { cardOf, type ModelCard } from '../../ledger/price-list.ts';
import { jobRoutes } from '../../operations/jobs/routes.ts';
import { realtimePath, servesRealtime } from '../../operations/realtime.ts';
import { pathFor } from '../../operations/registry.ts';
import { operationsServing } from '../../operations/serving.ts';
import type { OfferedModel } from '../../upstreams/upstreams.ts';
import type { catalogueModelSchema } from './schemas.ts';

type CatalogueModel = z.infer<typeof catalogueModelSchema>;
/** Endpoints that serve a model of this type, one per protocol in which it can be used. */
function endpointsOf({ id, protocols }: OfferedModel, modelType: string) {
  const offers = (protocol: ProtocolName) => protocols.includes(protocol);
  const listed = operationsServing(modelType, offers).map((operation) => [
    operation.catalogue?.name,
    { path: pathFor(operation, id), method: 'POST' },
  ]);
  if (servesRealtime(modelType, offers)) listed.push(['realtime', { path: realtimePath, method: 'GET' }]);
  const jobs = jobRoutes.flatMap((route) => {
    const { catalogue } = 'action' in route ? route.action : {};
    return catalogue?.serves(modelType) && protocols.includes('openai')
      ? [[catalogue.name, { path: route.path, method: 'POST' }]]
      : [];
  });
  return Object.fromEntries([...listed, ...jobs]);
}

/** @param rates the current rates; undefined = the model has no price */
export function catalogueModel(model: OfferedModel, rates: ModelRates | undefined): CatalogueModel {
  const card: Partial<ModelCard> = cardOf(model.id) ?? {};
  const { name = model.id, provider = '', description = '', modelType = 'chat', features = [] } = card;
  const { contextLength, maxCompletionTokens } = card;
  return {
    id: model.id,
    code: codeOf(model.id),
    name,
    description,
    provider,
    provider_code: provider.toLowerCase().replace(/[^a-z0-9]+/g, '-'),
    model_type: modelType,
    features: [...features],
    endpoints: endpointsOf(model, modelType),
    pricing: { currency: 'USD', ...(rates && pricing(rates)) },
    ...(contextLength !== undefined && { context_length: contextLength }),
    ...(maxCompletionTokens !== undefined && { max_completion_tokens: maxCompletionTokens }),
    api_doc_url: '',
  };
}

/** The id with dots as dashes. */
function codeOf(id: string): string {
  return id.replaceAll('.', '-');
}

/** Finds a model by id, else by code. */
export function findByCode<Model extends { readonly id: string }>(
  models: readonly Model[],
  code: string,
): Model | undefined {
  return models.find(({ id }) => id === code) ?? models.find(({ id }) => codeOf(id) === code);
}

/** Returns rates as numbers, as clients expect. Kinds without a rate of their own are omitted. */
function pricing(rates: ModelRates): Omit<CatalogueModel['pricing'], 'currency'> {
  const tiers = Object.entries(rates.tiers).map(([tier, own]) => [tier, tokenPrices(own)] as const);
  const perPiece = (rate: number | null) => (rate === null ? undefined : rate / 1e12);
  const variants = Object.entries(rates.variants).map(([name, { image, videoSecond }]) => {
    return [name, given({ per_image: perPiece(image), per_video_second: perPiece(videoSecond) })] as const;
  });
  return {
    ...tokenPrices(rates),
    ...given({
      per_request: perPiece(rates.request || null),
      per_image: perPiece(rates.image || null),
      characters: rates.character === 0 ? undefined : rates.character / 1e6,
      per_audio_second: perPiece(rates.audioSecond || null),
      per_search_unit: perPiece(rates.searchUnit || null),
      per_video_second: perPiece(rates.videoSecond || null),
      per_web_search: perPiece(rates.webSearch),
      per_file_search: perPiece(rates.fileSearch),
      per_code_session: perPiece(rates.codeSession),
    }),
    ...(tiers.length > 0 && { tiers: Object.fromEntries(tiers) }),
    ...(variants.length > 0 && { variants: Object.fromEntries(variants) }),
  };
}

function tokenPrices(rates: TokenRates) {
  const shown = tokenRateNames.map((name) => {
    const rate = rates[name];
    return [rateFields[name], rate === null ? undefined : rate / 1e6] as const;
  });
  return given(Object.fromEntries(shown));
}

/** Without what is not known. */
function given(prices: Readonly<Record<string, number | undefined>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(prices).flatMap(([name, price]) => (price === undefined ? [] : [[name, price]])),
  );
}

/** A few lines of markdown about a model. */
export function overviewOf(model: CatalogueModel): string {
  const { id, name, provider, description, pricing: price } = model;
  const lines = [`# ${name}`, `Model id: \`${id}\`${provider === '' ? '' : `, by ${provider}`}.`];
  if (description !== '') lines.push(description);
  if (price.input !== undefined) {
    lines.push(`${price.input} USD per million tokens in, ${price.output} USD per million out.`);
  }
  return lines.join('\n\n');
}
