/** `/api/user/self` and the other self-service endpoints of an account. */
import { z } from 'zod';
import { makeAccessToken } from '../../accounts/access-tokens.ts';
import { noPassword } from '../../accounts/passwords.ts';
import { digestOf } from '../../domain/digest.ts';
import { autoGroup, groupsOfAccount } from '../../domain/groups.ts';
import { plainMultiplier } from '../../domain/rates.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { AccountChange, AccountRow } from '../../store/store.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { success } from '../response.ts';
import type { Services } from '../services.ts';
import { fieldError } from '../validate.ts';
import { changeSelf } from './change.ts';
import { openSession } from './open-session.ts';
import { ownRecord } from './record.ts';
import { accountRecordSchema, updateSelfSchema } from './schemas.ts';

const access = 'account';

const self = accountEndpoint({
  method: 'GET',
  path: '/api/user/self',
  access,
  summary: 'Get your account',
  data: accountRecordSchema,
  handle: ({ services, account }) => success(ownRecord(services, account)),
});

const updateSelf = accountEndpoint({
  method: 'PUT',
  path: '/api/user/self',
  access,
  summary: 'Change your name, address or password',
  description:
    'A new password ends all sessions; the one that set it gets a new cookie. The access token stays unless `revoke_access_token` is true. Fields that are not sent stay as they are.',
  body: updateSelfSchema,
  data: accountRecordSchema,
  async handle({ services, account, session, credential, confirm, request, body }) {
    const { display_name, email, password, original_password, revoke_access_token = false } = body;
    const caller = { account, credential };
    const profile: Omit<AccountChange, 'username'> = {
      ...(display_name !== undefined && { displayName: display_name }),
      ...(email !== undefined && { email }),
      ...(revoke_access_token && { accessTokenDigest: null }),
    };
    if (password === undefined) {
      return success(ownRecord(services, await changeSelf(services, caller, profile)));
    }
    await requireOriginalPassword(services, account, original_password);
    const passwordHash = await services.passwords.hash(password);
    if ((await confirm()).account.passwordHash !== account.passwordHash) throw wrongPassword();
    const row = await changeSelf(services, caller, { ...profile, passwordHash });
    if (session === undefined) return success(ownRecord(services, row));
    const cookie = await openSession(services, row, request);
    return success(ownRecord(services, row), { 'set-cookie': cookie });
  },
});

const wrongPassword = () => new HalleyError('refused', { message: 'The original password is wrong.' });

/** Limits guesses of the old password, so that a stolen session cannot be used to find it. */
async function requireOriginalPassword(
  services: Services,
  account: AccountRow,
  given: string | undefined,
): Promise<void> {
  if (account.passwordHash === noPassword) return;
  if (given === undefined) throw fieldError('original_password', 'is missing');
  const succeeded = services.loginLimiter.beginPasswordChange(account.username);
  if (!(await services.passwords.fits(given, account.passwordHash))) {
    throw wrongPassword();
  }
  succeeded();
}

const newAccessToken = accountEndpoint({
  method: 'GET',
  path: '/api/user/token',
  access,
  changes: true,
  summary: 'Create a new personal access token',
  description: '`data` is the token, shown only now. The one before it is refused from then on.',
  data: z.string(),
  async handle({ services, account, credential }) {
    const token = makeAccessToken(services.random);
    await changeSelf(services, { account, credential }, { accessTokenDigest: digestOf(token) });
    return success(token);
  },
});

const models = accountEndpoint({
  method: 'GET',
  path: '/api/user/models',
  access,
  summary: 'List the models you can use',
  data: z.array(z.string()),
  handle({ services, account }) {
    const groups = groupsOfAccount(account.group, services.settings.groups.selectable);
    return success(services.channels.models(groups).map((model) => model.id));
  },
});

const groups = accountEndpoint({
  method: 'GET',
  path: '/api/user/self/groups',
  access,
  summary: 'List the groups you can put keys in',
  data: z.record(
    z.string(),
    z.object({
      ratio: z.number().describe('Present price multiplier; for `auto` the largest of its groups.'),
      desc: z.string(),
    }),
  ),
  handle({ services, account }) {
    const own = groupsOfAccount(account.group, services.settings.groups.selectable);
    const described = own.map((group) => ({
      group,
      ratio: services.prices.multiplierOf(group) / plainMultiplier,
      desc: group === account.group ? 'Your own group' : 'Open to everyone',
    }));
    const auto = {
      group: autoGroup,
      ratio: Math.max(...described.map(({ ratio }) => ratio)),
      desc: 'The first of your groups that has the model',
    };
    return success(Object.fromEntries([...described, auto].map(({ group, ...shown }) => [group, shown])));
  },
});

export const selfEndpoints: readonly Endpoint[] = [self, updateSelf, newAccessToken, models, groups];
