/** Schemas of the channel endpoints. */
import { z } from 'zod';
import { limits } from '../../platform/limits.ts';
import { kindNames } from '../../upstreams/kinds/kinds.ts';
import { charactersField, lineField } from '../text-fields.ts';
import { channelOptionsSchema } from './options-schema.ts';

/** A channel as administrators see it. It never contains the upstream keys. */
export const channelRecordSchema = z.object({
  id: z.int(),
  name: z.string(),
  status: z.int().describe('1 enabled, 2 disabled.'),
  protocols: z.array(z.enum(['openai', 'anthropic', 'gemini'])),
  base_url: z.string(),
  has_keys: z.boolean(),
  models: z.array(z.string()),
  model_mapping: z.record(z.string(), z.string()),
  groups: z.array(z.string()),
  priority: z.int(),
  weight: z.int(),
  extra_headers: z.record(z.string(), z.string()),
  connect_ms: z.int().nullable().describe('Milliseconds; null = the setting.'),
  first_byte_ms: z.int().nullable(),
  idle_chunk_ms: z.int().nullable(),
  proxy: z
    .string()
    .nullable()
    .describe('`direct`, or the proxy without its credentials; null = the settings.'),
  has_proxy_auth: z.boolean(),
  stream_usage: z.boolean(),
  kind: z.string().describe('The kind of upstream: `GET /api/channel/kinds` lists them.'),
  options: channelOptionsSchema,
  created_time: z.int().describe('Seconds since 1970.'),
});

export type ChannelRecord = z.infer<typeof channelRecordSchema>;

const line = (charsMax: number) => lineField(charsMax, 1);

const model = line(limits.model_id_chars_max);
/** A key file of Google's is a JSON object. */
const keyForm = /^(?:[\x21-\x7e]+|\{[\x20-\x7e\s]*\}\s*)$/;
const unique = (items: readonly string[]) => new Set(items).size === items.length;
const listOfSome = <Item extends z.ZodType<string>>(item: Item) =>
  z
    .array(item)
    .min(1)
    .max(limits.channel_list_max)
    .refine(unique, 'must not name anything twice')
    .meta({ uniqueItems: true });

const mapOf = <Name extends z.ZodType<string, string>>(name: Name, value: z.ZodString, entriesMax: number) =>
  z
    .record(name, value)
    .refine((map) => Object.keys(map).length <= entriesMax, 'has too many entries')
    .meta({ maxProperties: entriesMax });

/** `checkExtraHeaders` explains what is wrong with a name or value. */
const headers = mapOf(
  z.string().meta({ format: 'header-name' }),
  charactersField(limits.channel_key_chars_max).meta({
    maxLength: limits.channel_key_chars_max,
    pattern: '^[\\t\\x20-\\x7e\\x80-\\xff]*$',
  }),
  limits.channel_headers_max,
);

const milliseconds = z.int().min(1).max(86_400_000).nullable().optional();

const optionalFields = {
  status: z.literal([1, 2]).optional().describe('1 enabled (default), 2 disabled.'),
  keys: z
    .array(
      charactersField(limits.channel_key_chars_max, 1)
        .refine((key) => keyForm.test(key), 'must be visible ASCII without spaces, or a JSON object')
        .meta({ pattern: keyForm.source, maxLength: limits.channel_key_chars_max }),
    )
    .max(limits.channel_list_max)
    .optional()
    .describe(
      "The upstream's keys, used in turn: for Amazon Bedrock `ACCESS_KEY_ID:SECRET_ACCESS_KEY`, for Vertex AI the JSON text of a key file. Stored sealed; never shown again.",
    ),
  model_mapping: mapOf(model, model, limits.channel_list_max)
    .optional()
    .describe("From the model that clients name to the upstream's name for it."),
  groups: listOfSome(line(limits.group_chars_max)).optional().describe('Default: `default`.'),
  priority: z
    .int()
    .min(-1_000_000)
    .max(1_000_000)
    .optional()
    .describe('Channels of a higher priority are tried first. Default 0.'),
  weight: z
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe('Share of requests among channels of the same priority. Default 1; 0 = last.'),
  extra_headers: headers.optional().describe('Sent with every request to the upstream.'),
  connect_ms: milliseconds,
  first_byte_ms: milliseconds,
  idle_chunk_ms: milliseconds,
  stream_usage: z
    .boolean()
    .optional()
    .describe('Whether the gateway requests usage in OpenAI streams if the client does not. Default true.'),
  kind: z
    .enum(kindNames)
    .optional()
    .describe(
      'The kind of upstream, which brings a base URL, protocols and options. Default `custom`. Some kinds need a base URL and keys of a form of their own (clouds.md).',
    ),
  options: channelOptionsSchema
    .optional()
    .describe(
      'How the gateway speaks to the upstream, where it differs from the default. Replaced as a whole.',
    ),
  proxy: line(limits.channel_url_chars_max)
    .meta({ format: 'proxy', maxLength: limits.channel_url_chars_max })
    .nullable()
    .optional()
    .describe(
      'A proxy as `http://user:password@host:port`; `direct` = none; null = as the settings say. The same proxy without credentials keeps those that are stored.',
    ),
};

const name = line(limits.channel_name_chars_max);
const protocols = listOfSome(z.enum(['openai', 'anthropic', 'gemini']));
const baseUrl = charactersField(limits.channel_url_chars_max, 1)
  .meta({ format: 'base-url', maxLength: limits.channel_url_chars_max })
  .describe('With version and query, if any; without the path of an endpoint (channels.md).');
const models = listOfSome(model);
const ignored = z.unknown().optional().describe('Ignored, so that a complete record can be sent back.');

export const createChannelSchema = z.strictObject({
  ...optionalFields,
  name,
  protocols: protocols.optional().describe('Default: those of the kind.'),
  base_url: baseUrl.optional(),
  models,
});

export const updateChannelSchema = z
  .strictObject({
    ...optionalFields,
    id: z.int().positive(),
    add_keys: optionalFields.keys.describe(
      'Keys to use besides those that are stored. Not together with `keys`, which replaces them.',
    ),
    name: name.optional(),
    protocols: protocols.optional(),
    base_url: baseUrl.optional(),
    models: models.optional(),
    has_keys: ignored,
    has_proxy_auth: ignored,
    created_time: ignored,
  })
  .meta({ not: { required: ['keys', 'add_keys'] } });

/** What decides how an upstream is asked for its models. */
export const draftChannelSchema = z.strictObject({
  kind: optionalFields.kind,
  options: optionalFields.options,
  keys: optionalFields.keys,
  proxy: optionalFields.proxy,
  extra_headers: optionalFields.extra_headers,
  protocols: protocols.optional().describe('Default: those of the kind.'),
  base_url: baseUrl.optional(),
});

export type ChannelInput = Omit<z.infer<typeof updateChannelSchema>, 'id'>;
