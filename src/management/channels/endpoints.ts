/** `/api/channel`: manages upstream channels, for administrators. A change applies to the next model request. */
import { z } from 'zod';
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import { noProxyWord } from '../../platform/proxy-address.ts';
import { channelTested } from '../../store/audit-notes.ts';
import type { ChannelFields, ChannelRow } from '../../store/store.ts';
import { kindNames } from '../../upstreams/kinds/kinds.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { pageOf, pageParameters, pageRecord, readPage } from '../paging.ts';
import { choiceParameter } from '../query-parameters.ts';
import { success } from '../response.ts';
import { nowSeconds, type Services } from '../services.ts';
import { channelHealth, channelHealthSchema } from '../usage/channels.ts';
import { fieldError } from '../validate.ts';
import { channelWarnings } from '../warnings.ts';
import { channelFields, channelRecord, freshChannel, kindDefaults } from './fields.ts';
import { kindRecord, kindRecordSchema } from './kinds.ts';
import {
  type ChannelInput,
  channelRecordSchema,
  createChannelSchema,
  draftChannelSchema,
  updateChannelSchema,
} from './schemas.ts';
import { openChannelKeys, sealChannelKeys } from './sealed-keys.ts';

const access = 'admin';

const list = accountEndpoint({
  method: 'GET',
  path: '/api/channel',
  access,
  summary: 'List channels',
  description: 'Newest first, unless ordered otherwise.',
  query: {
    keyword: 'Part of the name, of the base URL or of a model, in any case.',
    status: choiceParameter('1 enabled, 2 disabled.', ['1', '2']),
    order: choiceParameter('`priority`: in the order in which they are tried.', ['priority']),
    ...pageParameters,
  },
  data: pageOf(channelRecordSchema),
  async handle({ services, request: { query } }) {
    const page = readPage(query);
    const rows = (await services.store.listChannels()).filter((row) => isMeant(row, query));
    const byPriority = (a: ChannelRow, b: ChannelRow) => b.priority - a.priority || b.weight - a.weight;
    rows.sort((a, b) => (query.get('order') && byPriority(a, b)) || b.id - a.id);
    const items = rows.slice(page.offset, page.offset + page.limit);
    return success(pageRecord(page, { total: rows.length, items }, channelRecord));
  },
});

function isMeant(row: ChannelRow, query: URLSearchParams): boolean {
  const keyword = query.get('keyword')?.toLowerCase() ?? '';
  const status = query.get('status');
  const texts = [row.name, row.baseUrl, ...row.models];
  return (
    (!status || (row.state === 'enabled') === (status === '1')) &&
    texts.some((text) => text.toLowerCase().includes(keyword))
  );
}

const listKinds = accountEndpoint({
  method: 'GET',
  path: '/api/channel/kinds',
  access,
  summary: 'List the kinds of upstream',
  description: 'What a channel of each kind starts with, for a form.',
  data: z.array(kindRecordSchema),
  async handle() {
    return success(kindNames.map(kindRecord));
  },
});

const health = accountEndpoint({
  method: 'GET',
  path: '/api/channel/health',
  access,
  summary: 'Get the health of all channels',
  description: 'As the node that responds sees it. Those with problems come first.',
  data: z.array(channelHealthSchema),
  handle: async ({ services }) => success(await channelHealth(services)),
});

const get = accountEndpoint({
  method: 'GET',
  path: '/api/channel/{id}',
  access,
  summary: 'Get a channel',
  data: channelRecordSchema,
  async handle({ services, id }) {
    const row = await services.store.getChannel(id);
    if (!row) throw new HalleyError('no_such_record');
    return success(channelRecord(row));
  },
});

const create = accountEndpoint({
  method: 'POST',
  path: '/api/channel',
  access,
  summary: 'Create a channel',
  body: createChannelSchema,
  data: channelRecordSchema,
  warns: true,
  async handle({ services, body }) {
    const { name, models } = body;
    const required = { name, models, ...kindDefaults(body) };
    const { baseUrl } = required;
    const fields = {
      ...freshChannel,
      ...required,
      ...channelFields(services, { base_url: baseUrl, ...body }),
    };
    services.channels.checkKind(fields.kind, fields.baseUrl, fields.options, body.keys ?? []);
    const row = await services.changes.insertChannel({ ...fields, createdAt: nowSeconds(services) });
    await services.channels.reload();
    return success(channelRecord(row), {}, channelWarnings(services, row, body));
  },
});

const update = accountEndpoint({
  method: 'PUT',
  path: '/api/channel',
  access,
  summary: 'Update a channel',
  description:
    'Fields that are not sent stay as they are; `keys` replaces all of them, and must be sent with another `kind`, with a `base_url` of another origin, or with another `proxy` for plain http.',
  body: updateChannelSchema,
  data: channelRecordSchema,
  warns: true,
  async handle({ services, body }) {
    const current = await services.store.getChannel(body.id);
    if (!current) throw new HalleyError('no_such_record');
    const fields = keepProxyAuth(current, channelFields(services, body));
    requireKeysForNewReader(current, fields);
    const { kind, baseUrl, options } = { ...current, ...fields };
    const { keys, add_keys } = body;
    services.channels.checkKind(kind, baseUrl, options, keys ?? add_keys ?? []);
    const more = add_keys && { sealedKeys: sealWithMore(services, current, body) };
    const row = await services.changes.updateChannel(body.id, { ...fields, ...more });
    if (!row) throw new HalleyError('no_such_record');
    await services.channels.reload();
    return success(channelRecord(row), {}, channelWarnings(services, row, body));
  },
});

/** Adds keys to those that are stored, which nobody is shown. */
function sealWithMore(
  { secrets, random }: Services,
  { sealedKeys }: ChannelRow,
  { keys, add_keys = [] }: ChannelInput,
): Uint8Array | null {
  if (keys !== undefined) throw fieldError('add_keys', 'must not be sent together with "keys"');
  const all = new Set([...openChannelKeys(secrets, sealedKeys), ...add_keys]);
  if (all.size > limits.channel_list_max)
    throw fieldError(
      'add_keys',
      `would make more than the ${limits.channel_list_max} keys that a channel may have`,
    );
  return sealChannelKeys(secrets, random, [...all]);
}

/** Responses show the proxy without its credentials. A client that sends it back in that form does not change it. */
function keepProxyAuth(current: ChannelRow, fields: Partial<ChannelFields>): Partial<ChannelFields> {
  const unchanged = fields.proxy === current.proxy && fields.sealedProxyAuth === null;
  return unchanged ? { ...fields, sealedProxyAuth: current.sealedProxyAuth } : fields;
}

/**
 * Administrators can use stored keys but not read them. Sending the keys to another host, or unencrypted through
 * another proxy, would reveal them.
 */
function requireKeysForNewReader(current: ChannelRow, fields: Partial<ChannelFields>): void {
  if (!current.sealedKeys || fields.sealedKeys !== undefined) return;
  const { baseUrl = current.baseUrl, proxy = current.proxy, kind = current.kind } = fields;
  if (kind !== current.kind) throw fieldError('keys', 'must be sent again with another "kind"');
  const { origin, protocol } = new URL(baseUrl);
  if (origin !== new URL(current.baseUrl).origin) {
    throw fieldError('keys', 'must be sent again when "base_url" names another host');
  }
  if (protocol === 'http:' && proxy !== current.proxy && proxy !== null && proxy !== noProxyWord) {
    throw fieldError('keys', 'must be sent again when another "proxy" is to carry them in plain http');
  }
}

const remove = accountEndpoint({
  method: 'DELETE',
  path: '/api/channel/{id}',
  access,
  summary: 'Delete a channel',
  async handle({ services, id }) {
    if (!(await services.changes.deleteChannel(id))) throw new HalleyError('no_such_record');
    await services.channels.reload();
    return success();
  },
});

const test = accountEndpoint({
  method: 'GET',
  path: '/api/channel/test/{id}',
  access,
  // The test sends a request that the upstream may charge for.
  changes: true,
  summary: 'Send a small request through a channel',
  description: '`success` and `message` report the result, `time` the duration in seconds.',
  query: { model: 'The model to ask; by default the first of the channel.' },
  data: z.object({
    success: z.boolean(),
    message: z.string(),
    time: z.number(),
    warnings: z.array(z.string()).optional().describe('Only for a channel that responds and is disabled.'),
  }),
  bare: true,
  async handle({ services, request, id }) {
    const channel = await services.store.getChannel(id);
    if (!channel) throw new HalleyError('no_such_record');
    await services.changes.note(channelTested(channel));
    const { ok, message, ms } = await services.channels.test(id, request.query.get('model') ?? undefined);
    const isIdle = ok && channel.state === 'disabled';
    const warnings = isIdle && { warnings: ['The channel is disabled: no request is sent to it.'] };
    return { status: 200, body: { success: ok, message, time: ms / 1000, ...warnings } };
  },
});

const fetchModels = accountEndpoint({
  method: 'GET',
  path: '/api/channel/fetch_models/{id}',
  access,
  summary: "Get an upstream's own list of models",
  description:
    'Asks the upstream over the first protocol of the channel, disabled or not. The channel stays as it is.',
  data: z.array(z.string()),
  async handle({ services, id }) {
    if (!(await services.store.getChannel(id))) throw new HalleyError('no_such_record');
    return success(await services.channels.listModels(id));
  },
});

const fetchDraftModels = accountEndpoint({
  method: 'POST',
  path: '/api/channel/fetch_models',
  access,
  summary: "Get an upstream's own list of models before you create a channel",
  description: 'As for a channel with these fields. Nothing is stored.',
  body: draftChannelSchema,
  data: z.array(z.string()),
  async handle({ services, body }) {
    const required = kindDefaults(body);
    const draft: ChannelRow = {
      ...freshChannel,
      ...required,
      ...channelFields(services, { ...body, base_url: required.baseUrl }),
      id: 0,
      name: required.baseUrl,
      models: [],
      createdAt: nowSeconds(services),
    };
    services.channels.checkKind(draft.kind, draft.baseUrl, draft.options, body.keys ?? []);
    await services.changes.note(channelTested(draft));
    return success(await services.channels.listModelsOf(draft));
  },
});

export const channelEndpoints: readonly Endpoint[] = [
  list,
  listKinds,
  health,
  create,
  update,
  get,
  remove,
  test,
  fetchModels,
  fetchDraftModels,
];
