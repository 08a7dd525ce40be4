/** `/api/user/setup`: signs root in for the first time, by the one-time code of the setup link. */
import { z } from 'zod';
import { digestOf } from '../../domain/digest.ts';
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import type { AccountRow } from '../../store/store.ts';
import { type Endpoint, guardedEndpoint } from '../endpoint.ts';
import { originOf } from '../origin.ts';
import { success } from '../response.ts';
import { nowSeconds, type Services } from '../services.ts';
import { charactersField } from '../text-fields.ts';
import { beginSignIn } from './begin-sign-in.ts';
import { openSession } from './open-session.ts';
import { ownRecord } from './record.ts';
import { accountRecordSchema, password } from './schemas.ts';

const access = 'public';
const code = charactersField(limits.setup_code_chars_max).describe(
  'What follows `#setup=` in the setup link.',
);

/** @throws HalleyError('setup_code_invalid') */
async function accountOfCode(services: Services, digest: Uint8Array): Promise<AccountRow> {
  const { store } = services;
  const found = await store.signIns.findSetupCode(digest, nowSeconds(services));
  const account = found && (await store.getAccount(found.accountId));
  if (!account) throw new HalleyError('setup_code_invalid');
  return account;
}

const check = guardedEndpoint({
  method: 'POST',
  path: '/api/user/setup/check',
  access,
  changes: false,
  summary: 'Check whether a setup link still works',
  description: 'Does not use it up.',
  body: z.strictObject({ code }),
  data: z.object({ username: z.string().describe('Of the account that the link signs in.') }),
  guard: beginSignIn,
  async handle({ services, body, passed: attempt }) {
    const { username } = await accountOfCode(services, digestOf(body.code));
    attempt.succeeded();
    return success({ username });
  },
});

const setUp = guardedEndpoint({
  method: 'POST',
  path: '/api/user/setup',
  access,
  summary: 'Sign root in by the setup link, with a password of its own',
  description:
    'Sets the password and the session cookie. The code works once, for an hour, until root has signed in or has another password. After too many failures the response is 429 with Retry-After.',
  body: z.strictObject({ code, password }),
  data: accountRecordSchema,
  guard: beginSignIn,
  async handle({ services, request, body, passed: attempt }) {
    const digest = digestOf(body.code);
    const account = await accountOfCode(services, digest);
    const { id } = account;
    const acting = services.acting(originOf(request, account, 'setup_code', digest));
    const passwordHash = await services.passwords.hash(body.password);
    // The code ends in the transaction that sets the password, so that only one of several callers succeeds.
    const row = await acting.accessChanges.updateAccount(id, { passwordHash }, id, {
      kind: 'setup',
      digest,
    });
    if (typeof row !== 'object') throw new HalleyError('setup_code_invalid');
    attempt.succeeded();
    const cookie = await openSession({ ...services, ...acting }, row, request);
    return success(ownRecord(services, row), { 'set-cookie': cookie });
  },
});

export const setupEndpoints: readonly Endpoint[] = [check, setUp];
