/** Creates the accounts, keys, channel and prices of a crash test. */
import { type ApiAnswer, dataOf, type Gateway } from '../support/gateway.ts';
import { chatModel, embeddingModel, type Group, multipliers, prices } from './tariff.ts';

export interface Owner {
  readonly id: number;
  readonly token: string;
  readonly group: Group;
}

export interface ActorKey {
  readonly id: number;
  readonly value: string;
  readonly owner: Owner;
}

export interface Cast {
  readonly root: Owner;
  /** Has a large quota. */
  readonly wealthy: Owner;
  /** Has a quota that is used up and then topped up. */
  readonly poor: Owner;
  /** Has a budget that is used up and then raised. */
  readonly thrifty: Owner;
  /** Never deleted. */
  readonly keys: readonly ActorKey[];
  /** The key in `keys` whose quota is used up and raised. */
  readonly small: ActorKey;
}

const plenty = 1_000_000_000_000;
const little = 60_000;

/** Makes a call that must succeed. */
async function done(answer: Promise<ApiAnswer>): Promise<void> {
  dataOf(await answer);
}

async function createOwner(gateway: Gateway, username: string, group: Group, fields: object): Promise<Owner> {
  const password = `password-of-${username}`;
  const body = { username, password, group, ...fields };
  const { id } = dataOf(await gateway.call('POST', '/api/user/', { body }));
  const signedIn = await gateway.call('POST', '/api/user/login', {
    body: { username, password },
    token: undefined,
  });
  dataOf(signedIn);
  const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const headers = { cookie, origin: gateway.url };
  const { json } = await gateway.call('GET', '/api/user/token', { token: undefined, headers });
  return { id: Number(id), token: String(json?.data), group };
}

async function createActorKey(gateway: Gateway, owner: Owner, fields: object): Promise<ActorKey> {
  const body = { name: 'crash', unlimited_quota: true, ...fields };
  const data = dataOf(await gateway.call('POST', '/api/token/', { body, token: owner.token }));
  return { id: Number(data.id), value: String(data.key), owner };
}

/** Creates everything in a fresh gateway. */
export async function makeCast(gateway: Gateway, upstreamOrigin: string): Promise<Cast> {
  const groups = Object.keys(multipliers);
  await gateway.createChannel(upstreamOrigin, { models: [chatModel, embeddingModel], groups });
  await done(gateway.call('PUT', '/api/price', { body: { models: prices } }));
  for (const [group, multiplier] of Object.entries(multipliers)) {
    await done(gateway.call('PUT', '/api/price/group', { body: { group, multiplier, effective_from: 0 } }));
  }
  const { id } = dataOf(await gateway.call('GET', '/api/user/self'));
  const root: Owner = { id: Number(id), token: gateway.token, group: 'default' };
  const limited = { unlimited_quota: false };
  const wealthy = await createOwner(gateway, 'wealthy', 'partners', { ...limited, quota: plenty });
  const poor = await createOwner(gateway, 'poor', 'default', { ...limited, quota: little });
  const budget = { budget_quota: little, budget_period: 'monthly', budget_time_zone: 'UTC' };
  const thrifty = await createOwner(gateway, 'thrifty', 'partners', { unlimited_quota: true, ...budget });
  const key = (owner: Owner, fields: object = {}) => createActorKey(gateway, owner, fields);
  const small = await key(wealthy, { ...limited, remain_quota: little });
  return {
    root,
    wealthy,
    poor,
    thrifty,
    small,
    keys: [
      small,
      await key(root),
      await key(root, { ...limited, remain_quota: plenty }),
      await key(root, { ...budget, budget_quota: plenty }),
      await key(wealthy),
      await key(wealthy, { ...limited, ...budget, remain_quota: plenty, budget_quota: plenty }),
      await key(poor),
      await key(poor, { ...limited, remain_quota: plenty }),
      await key(thrifty),
    ],
  };
}
