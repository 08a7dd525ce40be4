/** A kind of upstream as the management API shows it. */
import { z } from 'zod';
import { channelKinds, type KindName } from '../../upstreams/kinds/kinds.ts';
import { channelOptionsSchema } from './options-schema.ts';

export const kindRecordSchema = z.object({
  kind: z.string(),
  title: z.string().describe('For people.'),
  protocols: z.array(z.enum(['openai', 'anthropic', 'gemini'])),
  base_url: z.string().nullable().describe('Null = a channel must give one.'),
  needs_key: z.boolean(),
  stream_usage: z.boolean(),
  options: channelOptionsSchema,
});

export function kindRecord(kind: KindName): z.infer<typeof kindRecordSchema> {
  const {
    title,
    protocols,
    baseUrl = null,
    needsNoKey = false,
    streamUsage = true,
    options,
  } = channelKinds[kind];
  return {
    kind,
    title,
    protocols: [...protocols],
    base_url: baseUrl,
    needs_key: !needsNoKey,
    stream_usage: streamUsage,
    options,
  };
}
