/** `/api/receipt`: receipts of deleted keys, and the public keys that verify them. */
import { z } from 'zod';
import { requireAdmin } from '../../accounts/roles.ts';
import type { SignedReceipt } from '../../domain/receipt.ts';
import { HalleyError } from '../../platform/errors.ts';
import { storedDocument } from '../../revocation/receipt-document.ts';
import { signatureOf } from '../../revocation/receipt-signature.ts';
import { newReceiptKey } from '../../revocation/receipts.ts';
import type { ReceiptQuery, ReceiptRow } from '../../store/receipt-store.ts';
import { type AccountRow, roles } from '../../store/store.ts';
import { accountEndpoint, type Endpoint, openEndpoint } from '../endpoint.ts';
import { numberOf } from '../logs/filter.ts';
import { beforeParameter, pageOf, pageParameters, pageRecord, readPage } from '../paging.ts';
import { choiceParameter, numberParameter } from '../query-parameters.ts';
import { success } from '../response.ts';
import type { Services } from '../services.ts';
import { keySetSchema, signedReceiptSchema } from './schemas.ts';

const access = 'account';
const states = ['open', 'partial', 'complete'] as const;

export function signedReceipt({ settings }: Pick<Services, 'settings'>, row: ReceiptRow): SignedReceipt {
  return {
    receipt: storedDocument(row, settings.revocation.in_flight),
    signature: row.signature && signatureOf(row.signedBy, row.signature),
  };
}

/** @throws HalleyError('forbidden') */
function readQuery(query: URLSearchParams, account: AccountRow): ReceiptQuery {
  const scope = query.get('scope') || 'own';
  if (scope !== 'own') requireAdmin(account);
  return {
    scope: account,
    accountId: scope === 'own' ? account.id : numberOf(query, 'user_id'),
    keyId: numberOf(query, 'key_id'),
    name: query.get('keyword') || undefined,
    state: states.find((state) => state === query.get('state')),
  };
}

const list = accountEndpoint({
  method: 'GET',
  path: '/api/receipt',
  access,
  summary: 'List receipts of deleted keys',
  description: 'Newest first. `total` counts up to 100,000.',
  query: {
    key_id: numberParameter('Of the key with this id.'),
    keyword: 'The whole name of the key.',
    state: choiceParameter('Only receipts in this state.', states),
    scope: choiceParameter(
      '`own` (default), or for administrators `managed`: also of keys of accounts of a lower role, and of deleted accounts.',
      ['own', 'managed'],
    ),
    user_id: numberParameter('With `managed`: only of keys of this account.'),
    ...beforeParameter,
    ...pageParameters,
  },
  data: pageOf(signedReceiptSchema),
  async handle({ services, account, request }) {
    const page = readPage(request.query);
    const rows = await services.store.receipts.list(readQuery(request.query, account), page);
    return success(pageRecord(page, rows, (row) => signedReceipt(services, row)));
  },
});

const get = accountEndpoint({
  method: 'GET',
  path: '/api/receipt/{id}',
  access,
  summary: 'Get a receipt of a deleted key',
  description:
    'Own ones; administrators also get those of accounts of a lower role, and of deleted accounts.',
  data: signedReceiptSchema,
  handle: async ({ services, account, id }) =>
    found(services, await services.store.receipts.find(id, account)),
});

const ofKey = accountEndpoint({
  method: 'GET',
  path: '/api/receipt/key/{id}',
  access,
  summary: 'Get the receipt of a deleted key by the id of the key',
  description: 'As `GET /api/receipt/{id}`.',
  data: signedReceiptSchema,
  handle: async ({ services, account, id }) =>
    found(services, await services.store.receipts.ofKey(id, account)),
});

function found(services: Services, row: ReceiptRow | undefined) {
  if (!row) throw new HalleyError('no_such_record');
  return success(signedReceipt(services, row));
}

const keys = openEndpoint({
  method: 'GET',
  path: '/.well-known/halley-receipt-keys.json',
  access: 'public',
  summary: 'Get the public keys that verify receipts',
  description:
    'A JSON Web Key Set: the keys of this gateway that sign receipts or once did. `halley receipts verify` takes it as a file or a URL.',
  data: keySetSchema,
  bare: true,
  async handle({ services }) {
    const rows = await services.store.receipts.listKeys();
    const keys = rows.map(({ name, publicKey, createdAt, retiredAt }) => ({
      kty: 'OKP',
      crv: 'Ed25519',
      use: 'sig',
      kid: name,
      x: Buffer.from(publicKey).toString('base64url'),
      created_at_ms: createdAt,
      retired_at_ms: retiredAt,
    }));
    return { status: 200, body: { keys } };
  },
});

const rotate = accountEndpoint({
  method: 'POST',
  path: '/api/receipt/rotate_key',
  access: 'admin',
  summary: 'Replace the key that signs receipts',
  description:
    'For root. The private part of the former key is destroyed; its public part stays, so that receipts which it has signed can be verified.',
  data: z.object({ key_id: z.string().describe('Of the new key.') }),
  async handle({ services, account }) {
    if (account.role !== roles.root) throw new HalleyError('forbidden');
    const { store, secrets, random, clock, changes } = services;
    const former = (await store.receipts.listKeys()).at(-1);
    const key = newReceiptKey(secrets, random, clock);
    if (!former || !(await changes.replaceReceiptKey(key, former))) {
      throw new HalleyError('refused', { message: 'The key has just been replaced by another call.' });
    }
    return success({ key_id: key.name });
  },
});

export const receiptEndpoints: readonly Endpoint[] = [list, get, ofKey, rotate, keys];
