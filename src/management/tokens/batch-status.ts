/** `/api/token/batch/status`: enables or disables several keys of an account. */
import { HalleyError } from '../../platform/errors.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { success } from '../response.ts';
import { fieldsContext } from './endpoint-context.ts';
import { statusOnlyFields } from './fields.ts';
import { batchStatusResultSchema, batchStatusSchema } from './schemas.ts';

export const batchStatusEndpoint: Endpoint = accountEndpoint({
  method: 'POST',
  path: '/api/token/batch/status',
  access: 'account',
  summary: 'Enable or disable several API keys',
  description: 'Responds after every node has applied it. Ignores ids that are unknown or not yours.',
  body: batchStatusSchema,
  data: batchStatusResultSchema,
  async handle({ services, account, body: { ids, status } }) {
    const context = fieldsContext(services, account.group);
    const change = async (id: number) => {
      const current = await services.store.getKey(account.id, id);
      if (!current) return undefined;
      try {
        const fields = statusOnlyFields({ status }, current, context);
        const row = await services.accessChanges.updateKey(account.id, id, fields);
        return row && { id };
      } catch (error) {
        if (error instanceof HalleyError && error.code === 'refused') return { id, message: error.message };
        throw error;
      }
    };
    const outcomes = await Promise.all([...new Set(ids)].map(change));
    const known = outcomes.filter((outcome) => outcome !== undefined);
    return success({
      changed: known.filter((outcome) => !('message' in outcome)).map(({ id }) => id),
      refused: known.filter((outcome) => 'message' in outcome),
    });
  },
});
