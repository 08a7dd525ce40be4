/** The tables of usage sums, column by column, as `tables.ts`. */
import { integer, text } from './columns.ts';

export const removedRecords = {
  accountId: integer(),
  keyId: integer(),
  requests: integer(),
  units: integer(),
  keyUnits: integer('key_drawn'),
  accountUnits: integer('account_drawn'),
  newestAt: integer(),
} as const;

export const hourly = {
  accountId: integer(),
  hour: integer(),
  keyId: integer(),
  model: text(),
  requests: integer(),
  errors: integer(),
  units: integer(),
  inputTokens: integer(),
  outputTokens: integer(),
} as const;

export const usageQuarters = {
  quarter: integer(),
  accountId: integer(),
  keyId: integer(),
  model: text(),
  channelId: integer(),
  group: text('group_name'),
  requests: integer(),
  errors: integer(),
  units: integer(),
  inputTokens: integer(),
  outputTokens: integer(),
  cachedTokens: integer(),
  firstByteMs: integer(),
  streamMs: integer(),
  streamTokens: integer(),
  firstByte0: integer('first_byte_0'),
  firstByte1: integer('first_byte_1'),
  firstByte2: integer('first_byte_2'),
  firstByte3: integer('first_byte_3'),
  firstByte4: integer('first_byte_4'),
  firstByte5: integer('first_byte_5'),
  firstByte6: integer('first_byte_6'),
  firstByte7: integer('first_byte_7'),
  firstByte8: integer('first_byte_8'),
} as const;

/** The first quarter hour whose totals are complete; no row = all are. */
export const usageQuartersFrom = { quarter: integer() } as const;
