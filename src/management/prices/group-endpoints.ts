/** `/api/price/group`: manages price multipliers of groups, for administrators. */
import { z } from 'zod';
import { parseMoment, parseMultiplier } from '../../ledger/price-format.ts';
import { HalleyError } from '../../platform/errors.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { success } from '../response.ts';
import { nowSeconds } from '../services.ts';
import { fieldError } from '../validate.ts';
import { multiplierRecords } from './price-record.ts';
import { multiplierRecordSchema, multiplierSchema } from './schemas.ts';

const access = 'admin';
const path = '/api/price/group';

const list = accountEndpoint({
  method: 'GET',
  path,
  access,
  summary: "List groups' multipliers",
  description: 'Those in force. A group without one has 1.',
  query: { all: '`1`: include replaced and future ones.' },
  data: z.array(multiplierRecordSchema),
  async handle({ services, request }) {
    const records = multiplierRecords(await services.store.listMultipliers(), nowSeconds(services));
    return success(request.query.get('all') === '1' ? records : records.filter(({ in_force }) => in_force));
  },
});

const set = accountEndpoint({
  method: 'PUT',
  path,
  access,
  summary: "Set a group's multiplier",
  body: multiplierSchema,
  async handle({ services, body }) {
    const { group, effective_from } = body;
    const multiplier = parseMultiplier(body.multiplier);
    if (multiplier === undefined) throw fieldError('multiplier', 'is not a number');
    const effectiveFrom = effective_from === undefined ? undefined : parseMoment(String(effective_from));
    await services.changes.setMultiplier({
      group,
      multiplier,
      effectiveFrom: effectiveFrom ?? nowSeconds(services),
    });
    await services.prices.reload();
    return success();
  },
});

const remove = accountEndpoint({
  method: 'DELETE',
  path,
  access,
  summary: "Remove a group's multipliers",
  description: 'All of them, past and future. The group then pays the base price.',
  query: { group: 'The group.' },
  async handle({ services, request }) {
    const removed = await services.changes.removeMultipliers(request.query.get('group') ?? '');
    if (removed === 0) throw new HalleyError('no_such_record');
    await services.prices.reload();
    return success();
  },
});

export const priceGroupEndpoints: readonly Endpoint[] = [list, set, remove];
