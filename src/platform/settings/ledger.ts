/** Settings of the ledger: durability, retention, and what is reserved. */
import { z } from 'zod';
import { timeZoneName } from '../time-zone.ts';
import { ms } from './values.ts';

export const ledgerSettings = z
  .strictObject({
    durability: z
      .enum(['commit', 'async'])
      .default('commit')
      .describe(
        '`commit`: the last bytes of an answer wait until its record is on the disk. `async`: they do not wait; a crash or a power cut may lose the records of the last moments.',
      ),
    commit_wait_ms: ms(
      10_000,
      'How long the end of an answer waits for its record while the database cannot be written, before it is broken off. The record is written all the same once that is possible.',
    ),
    unpriced: z
      .enum(['refuse', 'free'])
      .default('refuse')
      .describe('What happens to requests for a model without a price: refused, or served for nothing.'),
    records_days: z
      .int()
      .min(0)
      .max(36_500)
      .default(0)
      .describe(
        'Days after which a record of a request is removed; 0 = never. Totals, hourly consumption and the journal of balances are kept for ever.',
      ),
    output_tokens_default: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(4096)
      .describe(
        'Output tokens that room is reserved for when the client sets no limit (or fewer, where the model is known to make fewer at most).',
      ),
    time_zone: z
      .string()
      .refine(
        (name) => timeZoneName(name) !== undefined,
        'must be a time zone by its IANA name, such as Europe/Berlin',
      )
      .default('UTC')
      .describe('Time zone of budgets that name none: their days, weeks and months begin at its midnight.')
      .meta({ format: 'IANA time zone' }),
  })
  .prefault({});
