/** `/api/import` and `/api/export`: takes accounts and keys over from another gateway, and hands them on, for root. */
import { HalleyError } from '../../platform/errors.ts';
import { type AccountRow, roles } from '../../store/store.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { success } from '../response.ts';
import type { Services } from '../services.ts';
import { importAccount } from './account.ts';
import { exportEndpoint } from './export-endpoint.ts';
import { importKey } from './key.ts';
import { type ImportResult, importResultSchema, importSchema, readItem } from './schemas.ts';

const importItems = accountEndpoint({
  method: 'POST',
  path: '/api/import',
  access: 'admin',
  summary: 'Import accounts and keys',
  description:
    'For root. Each item is all or nothing, and can be sent again: what is here already stays as it is. A refused item does not stop the others. `halley import` reads other gateways and calls this.',
  body: importSchema,
  data: importResultSchema,
  async handle({ services, account, confirm, body }) {
    if (account.role !== roles.root) {
      throw new HalleyError('forbidden', { message: 'Only root can import accounts and keys.' });
    }
    const results: ImportResult[] = [];
    for (const item of body.items) {
      await confirm();
      results.push(await importItem(services, account, item, body.dry_run ?? false));
    }
    return success(results);
  },
});

async function importItem(
  services: Services,
  root: AccountRow,
  given: unknown,
  isDryRun: boolean,
): Promise<ImportResult> {
  try {
    const item = readItem(given);
    return item.type === 'account'
      ? await importAccount(services, item, isDryRun)
      : await importKey(services, root, item, isDryRun);
  } catch (error) {
    const isRefusal =
      error instanceof HalleyError && (error.code === 'refused' || error.code === 'invalid_value');
    if (!isRefusal) throw error;
    return { outcome: 'refused', message: error.message };
  }
}

export const importEndpoints: readonly Endpoint[] = [importItems, exportEndpoint];
