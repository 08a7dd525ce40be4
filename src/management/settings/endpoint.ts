/** `/api/setting`: the settings in force and where each comes from. */
import { z } from 'zod';
import { type EffectiveSetting, sourceKindOf } from '../../platform/settings/load.ts';
import { settingList } from '../../platform/settings/reference.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { success } from '../response.ts';

const settingSchema = z.object({
  name: z.string().describe('Dotted, as in the file: `http.body_bytes_max`.'),
  value: z
    .union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()])
    .describe('Null = not set. Always null for secrets. A web address is shown without its path.'),
  is_secret: z.boolean(),
  is_set: z.boolean().describe('Whether a source sets it, or it has a default.'),
  source: z.enum(['default', 'file', 'environment', 'flag']),
  place: z
    .string()
    .describe(
      'Where the source names it: `halley.yaml: listen`, `HALLEY_LISTEN`, `--listen`; empty = the default.',
    ),
  allowed: z.string().describe('A description of the allowed values.'),
  description: z.string(),
  env: z.string().describe('The variable that sets it.'),
  flag: z.string().describe('The flag that sets it; empty for secrets.'),
});

export const settingEndpoint: Endpoint = accountEndpoint({
  method: 'GET',
  path: '/api/setting',
  access: 'admin',
  summary: 'List the settings in force and where each comes from',
  description:
    'Of the node that responds. A file, the environment or flags set them, at the start (/docs/reference/configuration).',
  data: z.array(settingSchema),
  handle: ({ services }) => success(services.settingsInForce.map(settingRecord)),
});

const infos = new Map(settingList.map((info) => [info.name, info]));

function settingRecord(setting: EffectiveSetting) {
  const { name, value } = setting;
  const source = sourceKindOf(setting);
  const info = infos.get(name);
  const isSecret = info?.secret !== false;
  return {
    name,
    value: isSecret ? null : withoutPath(value),
    is_secret: isSecret,
    // No secret has a default, but for empty lists.
    is_set: isSecret ? source !== 'default' : value !== null,
    source,
    place: source === 'default' ? '' : setting.source,
    allowed: info?.allowed ?? '',
    description: info?.description ?? '',
    env: info?.env ?? '',
    flag: isSecret ? '' : info.flag,
  };
}

/** The path of a webhook is often what authorizes its callers. */
function withoutPath(value: unknown): unknown {
  if (typeof value !== 'string' || !/^https?:\/\//i.test(value)) return value;
  const { origin, href } = new URL(value);
  return href === `${origin}/` ? value : `${origin}/…`;
}
