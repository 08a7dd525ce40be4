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
        '`commit`: the gateway holds the last bytes of a response until its record is on disk. `async`: it does not; a crash or power failure may lose the latest records.',
      ),
    commit_wait_ms: ms(
      10_000,
      'How long the end of a response waits for its record while the database cannot be written, before the response is aborted. The gateway still writes the record as soon as it can.',
    ),
    unpriced: z
      .enum(['refuse', 'free'])
      .default('refuse')
      .describe(
        'What happens to requests for a model without a price: they are refused, or served free of charge.',
      ),
    records_days: z
      .int()
      .min(0)
      .max(36_500)
      .default(0)
      .describe(
        'Days after which a request record is removed; 0 = never. Totals, hourly usage and balance entries are kept forever.',
      ),
    output_tokens_default: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(4096)
      .describe(
        'Output tokens to reserve when the client sets no limit (fewer, if the known maximum of the model is lower).',
      ),
    lowered_output_tokens_min: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(1024)
      .describe(
        'When the maximum cost of a request does not fit its key and account, the gateway lowers the output limit of the request to what they can afford, but never below this number of tokens (plus the thinking budget of the request); 0 = it never lowers a limit, and refuses such a request (charging.md).',
      ),
    time_zone: z
      .string()
      .refine(
        (name) => timeZoneName(name) !== undefined,
        'must be a time zone by its IANA name, such as Europe/Berlin',
      )
      .default('UTC')
      .describe(
        'Time zone of budgets that have none of their own: their days, weeks and months begin at its midnight.',
      )
      .meta({ format: 'IANA time zone' }),
  })
  .prefault({});
