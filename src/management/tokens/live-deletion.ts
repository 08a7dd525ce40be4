/** `/api/token/deletion`: deletes keys, and tells what happens until no node uses them any more. */
import { z } from 'zod';
import { requireAdmin } from '../../accounts/roles.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { signedReceipt } from '../receipts/endpoints.ts';
import { DeletionEvents, deletionEventSchema } from './deletion-events.ts';
import { deleteManaged } from './managed-keys.ts';
import { missingKey, missingManagedKey } from './missing-key.ts';
import { batchDeleteSchema } from './schemas.ts';

const bodySchema = batchDeleteSchema.extend({
  scope: z
    .enum(['own', 'managed'])
    .optional()
    .describe('`own` (default), or for administrators `managed`: also keys of accounts with a lower role.'),
});

export const liveDeletionEndpoint: Endpoint = accountEndpoint({
  method: 'POST',
  path: '/api/token/deletion',
  access: 'account',
  summary: 'Delete API keys, and follow the deletion',
  description:
    'Responds with the commit, one JSON object a line: `committed`, then `node` and `waiting` for other nodes, at last `done` (or `failed`). Only `done` means what a successful `DELETE` means: the keys are dead everywhere. The deletion goes on when the client leaves. Ids that are unknown are ignored; when none is left, the answer is that of `DELETE`.',
  body: bodySchema,
  status: 202,
  contentType: 'application/x-ndjson',
  data: deletionEventSchema,
  async handle({ services, account, body }) {
    const { clock, settings, store } = services;
    const events = new DeletionEvents(clock, settings.revocation.in_flight);
    const ids = [...new Set(body.ids)];
    const isManaged = body.scope === 'managed';
    if (isManaged) requireAdmin(account);
    const watched = () => services.watched(events.ofCommit());
    const deleting = isManaged
      ? deleteManaged(services, account, ids, watched)
      : watched().deleteKeys(account.id, ids);
    const finished = deleting.then(async (deleted) => {
      const [only, ...more] = events.receiptIds;
      const row =
        only === undefined || more.length > 0 ? undefined : await store.receipts.find(only, account);
      events.done({ ids: [...deleted], receipt: row ? signedReceipt(services, row) : null });
    });
    finished.catch((error: unknown) => events.failed(error));
    const isCommitted = await Promise.race([
      events.committedOnce.promise.then(() => true),
      deleting.then(() => false),
    ]);
    if (!isCommitted) {
      const [first = 0] = ids;
      throw isManaged
        ? await missingManagedKey(services, account, first)
        : await missingKey(services, account.id, first);
    }
    return {
      status: 202,
      contentType: 'application/x-ndjson',
      stream: events.lines(),
      // A proxy that waits for the end of the stream would show nothing live.
      headers: { 'x-accel-buffering': 'no' },
    };
  },
});
