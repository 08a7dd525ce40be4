/** `/api/models` and `/api/model/{code}`: the public model catalogue. */
import { HalleyError } from '../../platform/errors.ts';
import { type Endpoint, openEndpoint } from '../endpoint.ts';
import { success } from '../response.ts';
import type { Services } from '../services.ts';
import { catalogueModel, findByCode, overviewOf } from './catalogue.ts';
import { catalogueSchema, modelPageSchema } from './schemas.ts';

/** Lists only models of groups that any account may choose; other groups' models are not public. */
function offered({ channels, settings }: Services) {
  return channels.models(settings.groups.selectable);
}

const list = openEndpoint({
  method: 'GET',
  path: '/api/models',
  access: 'public',
  summary: 'List the models on offer',
  description: 'Models of the groups that any account may choose, with their prices. All on one page.',
  data: catalogueSchema,
  bare: true,
  handle({ services }) {
    const data = offered(services).map((model) =>
      catalogueModel(model, services.prices.find(model.id)?.rates),
    );
    const total = data.length;
    return { status: 200, body: { success: true, message: '', page: 0, page_size: 0, total, data } };
  },
});

const get = openEndpoint({
  method: 'GET',
  path: '/api/model/{id}',
  access: 'public',
  summary: 'Get a model on offer',
  segment: 'The id of the model, percent-encoded, or its code.',
  data: modelPageSchema,
  handle({ services, segment }) {
    const model = findByCode(offered(services), decoded(segment));
    if (!model) throw notOffered();
    const shown = catalogueModel(model, services.prices.find(model.id)?.rates);
    return success({ ...shown, overview: overviewOf(shown) });
  },
});

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw notOffered();
  }
}

const notOffered = () =>
  new HalleyError('no_such_record', {
    message: 'No such model is on offer. List the models to see which are available.',
  });

export const catalogueEndpoints: readonly Endpoint[] = [list, get];
