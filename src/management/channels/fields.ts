/** Converts between channel fields in requests, stored channels and channel records in responses. */
import type { ChannelFields, ChannelRow } from '../../store/store.ts';
import { checkExtraHeaders } from '../../upstreams/forward-headers.ts';
import { channelKinds } from '../../upstreams/kinds/kinds.ts';
import type { Services } from '../services.ts';
import { fieldError } from '../validate.ts';
import type { ChannelInput, ChannelRecord } from './schemas.ts';
import { sealChannelKeys, sealProxyAuth } from './sealed-keys.ts';

/** Defaults of a new channel. */
export const freshChannel = {
  state: 'enabled',
  sealedKeys: null,
  modelMapping: {},
  groups: ['default'],
  priority: 0,
  weight: 1,
  extraHeaders: {},
  connectMs: null,
  firstByteMs: null,
  idleChunkMs: null,
  proxy: null,
  sealedProxyAuth: null,
  streamUsage: true,
  kind: 'custom',
  options: {},
} as const satisfies Partial<ChannelFields>;

/** What a new channel needs, and may take from its kind. */
type FromKind = Required<Pick<ChannelFields, 'baseUrl' | 'protocols' | 'streamUsage'>>;

/**
 * Takes from its kind what the request for a new channel does not say.
 * @throws HalleyError('invalid_value') for what the kind does not know either
 */
export function kindDefaults({ kind = 'custom', ...input }: ChannelInput): FromKind {
  const { baseUrl, baseUrlForm = 'https://api.example.com/v1', protocols, streamUsage } = channelKinds[kind];
  const url = input.base_url ?? baseUrl;
  if (url === undefined) throw fieldError('base_url', `is missing: the address, such as ${baseUrlForm}`);
  const spoken = input.protocols ?? protocols;
  if (spoken.length === 0) throw fieldError('protocols', 'is missing: a list of openai, anthropic, gemini');
  return { baseUrl: url, protocols: spoken, streamUsage: input.stream_usage ?? streamUsage ?? true };
}

/**
 * Converts the sent fields to their stored form.
 * @throws HalleyError('invalid_value') for a base URL or proxy that the gateway may not dial, or headers that a
 * channel may not set
 */
export function channelFields(services: Services, input: ChannelInput): Partial<ChannelFields> {
  const { status, base_url, keys, model_mapping, extra_headers, proxy, stream_usage, ...rest } = input;
  const {
    kind,
    options,
    name,
    protocols,
    models,
    groups,
    priority,
    weight,
    connect_ms,
    first_byte_ms,
    idle_chunk_ms,
  } = rest;
  const baseUrl = base_url?.replace(/\/+$/, '');
  if (baseUrl !== undefined) services.channels.checkBaseUrl(baseUrl);
  if (extra_headers !== undefined) checkExtraHeaders(extra_headers);
  return {
    ...(status !== undefined && { state: status === 1 ? 'enabled' : 'disabled' }),
    ...(baseUrl !== undefined && { baseUrl }),
    ...(keys !== undefined && { sealedKeys: sealChannelKeys(services.secrets, services.random, keys) }),
    ...(model_mapping !== undefined && { modelMapping: model_mapping }),
    ...(extra_headers !== undefined && { extraHeaders: extra_headers }),
    ...(name !== undefined && { name }),
    ...(protocols !== undefined && { protocols }),
    ...(models !== undefined && { models }),
    ...(groups !== undefined && { groups }),
    ...(priority !== undefined && { priority }),
    ...(weight !== undefined && { weight }),
    ...(connect_ms !== undefined && { connectMs: connect_ms }),
    ...(first_byte_ms !== undefined && { firstByteMs: first_byte_ms }),
    ...(idle_chunk_ms !== undefined && { idleChunkMs: idle_chunk_ms }),
    ...(proxy !== undefined && proxyFields(services, proxy)),
    ...(stream_usage !== undefined && { streamUsage: stream_usage }),
    ...(kind !== undefined && { kind }),
    ...(options !== undefined && { options }),
  };
}

function proxyFields(
  services: Services,
  text: string | null,
): Pick<ChannelFields, 'proxy' | 'sealedProxyAuth'> {
  if (text === null) return { proxy: null, sealedProxyAuth: null };
  const { proxy, credentials } = services.channels.readProxy(text);
  const { secrets, random } = services;
  const sealedProxyAuth = credentials === undefined ? null : sealProxyAuth(secrets, random, credentials);
  return { proxy, sealedProxyAuth };
}

export function channelRecord(row: ChannelRow): ChannelRecord {
  return {
    id: row.id,
    name: row.name,
    status: row.state === 'enabled' ? 1 : 2,
    protocols: [...row.protocols],
    base_url: row.baseUrl,
    has_keys: row.sealedKeys !== null,
    models: [...row.models],
    model_mapping: row.modelMapping,
    groups: [...row.groups],
    priority: row.priority,
    weight: row.weight,
    extra_headers: row.extraHeaders,
    connect_ms: row.connectMs,
    first_byte_ms: row.firstByteMs,
    idle_chunk_ms: row.idleChunkMs,
    proxy: row.proxy,
    has_proxy_auth: row.sealedProxyAuth !== null,
    stream_usage: row.streamUsage,
    kind: row.kind,
    options: row.options,
    created_time: row.createdAt,
  };
}
