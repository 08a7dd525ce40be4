/** Filters, sorts and pages a list of models by the parameters of a query. Pure. */
import { isLongerThan } from '../../domain/text-rules.ts';
import { modelTypeText } from '../../ledger/price-schema.ts';
import { limits } from '../../platform/limits.ts';
import { type PageRequest, pageParameters, readPage } from '../paging.ts';
import { choiceParameter, type QueryParameters, textParameter } from '../query-parameters.ts';
import type { UsableModel } from './schemas.ts';

const orders = ['id', 'input', 'output', 'context'] as const;

export const listParameters: QueryParameters = {
  keyword: textParameter('Part of the id, the name or the provider, in upper or lower case.', {
    schema: { type: 'string', maxLength: limits.model_id_chars_max },
    fault: (text) =>
      isLongerThan(text, limits.model_id_chars_max)
        ? `must have at most ${limits.model_id_chars_max} characters`
        : undefined,
  }),
  model_type: `Only models of this type: ${modelTypeText}`,
  provider: 'Only models of the provider with this `provider_code`.',
  sort: choiceParameter('By id (default), by a price, or by the length of the context.', [...orders]),
  order: choiceParameter('Upwards (default) or downwards. What is not known comes last.', ['asc', 'desc']),
  ...pageParameters,
};

const amountOf: Readonly<Record<string, (model: UsableModel) => number | undefined>> = {
  input: ({ pricing }) => pricing.input,
  output: ({ pricing }) => pricing.output,
  context: ({ context_length }) => context_length,
};

interface ModelPage {
  readonly page: PageRequest;
  readonly total: number;
  readonly items: readonly UsableModel[];
  readonly providers: readonly { readonly code: string; readonly name: string }[];
}

/** @param models by id */
export function pageOfModels(models: readonly UsableModel[], query: URLSearchParams): ModelPage {
  const page = readPage(query);
  const found = sorted(models.filter(filterOf(query)), query);
  const providers = new Map(models.map(({ provider_code, provider }) => [provider_code, provider]));
  providers.delete('');
  return {
    page,
    total: found.length,
    items: found.slice(page.offset, page.offset + page.limit),
    providers: [...providers]
      .map(([code, name]) => ({ code, name }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function filterOf(query: URLSearchParams): (model: UsableModel) => boolean {
  const keyword = (query.get('keyword') ?? '').trim().toLowerCase();
  const type = query.get('model_type') || undefined;
  const code = query.get('provider') || undefined;
  return ({ id, name, provider, model_type, provider_code }) =>
    (type === undefined || model_type === type) &&
    (code === undefined || provider_code === code) &&
    [id, name, provider].some((text) => text.toLowerCase().includes(keyword));
}

function sorted(models: readonly UsableModel[], query: URLSearchParams): readonly UsableModel[] {
  const value = amountOf[query.get('sort') ?? ''];
  const sign = query.get('order') === 'desc' ? -1 : 1;
  if (!value) return sign === 1 ? models : models.toReversed();
  const unknown = sign * Number.POSITIVE_INFINITY;
  const compare = (a: number, b: number) => (a === b ? 0 : a - b);
  return models.toSorted((a, b) => sign * compare(value(a) ?? unknown, value(b) ?? unknown));
}
