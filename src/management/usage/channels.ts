/** The health of channels on the node that responds: what rests, and until when. */
import { z } from 'zod';
import type { Services } from '../services.ts';

const until = 'In seconds since 1970; it may be past, until a request has probed it.';

export const channelHealthSchema = z.object({
  id: z.int(),
  name: z.string(),
  kind: z.string(),
  state: z
    .enum(['ready', 'partly', 'resting', 'disabled', 'out_of_service'])
    .describe(
      '`partly`: the circuit of some model is open; `resting`: no request is served; `out_of_service`: it cannot be used as it is, the log says why.',
    ),
  failures: z.int().describe('Consecutive failures of the part that has most of them.'),
  rests_until: z.int().nullable().describe(`Of the whole channel; null = it can be connected to. ${until}`),
  models: z
    .array(
      z.object({
        model: z.string().describe('As the upstream calls it.'),
        for_all_keys: z.boolean().describe('Whether for all API keys; otherwise for some.'),
        rests_until: z.int().describe(until),
      }),
    )
    .describe('Models whose circuit is open.'),
  keys: z.int().describe('Upstream keys.'),
  keys_resting: z.int().describe('Those of them that the upstream refused or limits now.'),
});
export type ChannelHealth = z.infer<typeof channelHealthSchema>;

const order: readonly ChannelHealth['state'][] = ['out_of_service', 'resting', 'partly', 'ready', 'disabled'];

/** Those with problems first, then by name. */
export async function channelHealth({
  store,
  channels,
}: Pick<Services, 'store' | 'channels'>): Promise<ChannelHealth[]> {
  const rests = new Map(channels.rests().map((each) => [each.channelId, each]));
  const rows = await store.listChannels();
  const all = rows.map(({ id, name, kind, state }): ChannelHealth => {
    const found = rests.get(id);
    const health = state !== 'enabled' ? 'disabled' : (found?.state ?? 'out_of_service');
    return {
      id,
      name,
      kind,
      state: health,
      failures: found?.failures ?? 0,
      rests_until: seconds(found?.connectionUntil ?? null),
      models: (found?.models ?? []).map(({ model, forAll, until: end }) => {
        return { model, for_all_keys: forAll, rests_until: Math.ceil(end / 1000) };
      }),
      keys: found?.keys ?? 0,
      keys_resting: found?.keysResting ?? 0,
    };
  });
  return all.sort(
    (left, right) =>
      order.indexOf(left.state) - order.indexOf(right.state) || (left.name < right.name ? -1 : 1),
  );
}

const seconds = (milliseconds: number | null): number | null =>
  milliseconds && Math.ceil(milliseconds / 1000);
