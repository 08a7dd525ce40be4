/** The columns of the CSV files: the fields of the items that they become, and how a cell says each. Pure. */
import { limits } from '../../platform/limits.ts';
import { list, seconds } from '../cells.ts';

/** @returns the value; undefined when the cell says none */
type ReadCell = (cell: string) => unknown;

export interface CsvColumn {
  readonly read: ReadCell;
  /** Continues "must be". */
  readonly rule: string;
}

const text: CsvColumn = { read: (cell) => cell, rule: 'a text' };
const integer: CsvColumn = {
  read: (cell) => (/^-?\d{1,15}$/.test(cell) ? Number(cell) : undefined),
  rule: 'a whole number',
};
const boolean: CsvColumn = {
  read: (cell) => ({ true: true, 1: true, false: false, 0: false })[cell.toLowerCase()],
  rule: 'true or false',
};
const names: CsvColumn = {
  read: (cell) => list(cell, /[\s,;]+/),
  rule: 'names with spaces, commas or semicolons between them',
};
const joined = (separator: string): CsvColumn => ({
  ...names,
  read: (cell) => list(cell, /[\s,;]+/).join(separator),
});
const time: CsvColumn = {
  read: (cell) => (cell === '-1' ? -1 : seconds(cell)),
  rule: 'seconds since 1970, or a time such as 2027-01-31T12:00:00Z',
};
const object: CsvColumn = {
  read(cell) {
    try {
      const read: unknown = JSON.parse(cell);
      return typeof read === 'object' && read !== null && !Array.isArray(read) ? read : undefined;
    } catch {
      return undefined;
    }
  },
  rule: 'an object of JSON',
};

const unitsPerUsd = limits.quota_units_per_usd;
const usd: CsvColumn = {
  read: (cell) => (/^-?\d{1,9}(\.\d{1,9})?$/.test(cell) ? Math.round(Number(cell) * unitsPerUsd) : undefined),
  rule: 'USD in decimal, such as 12.50',
};

/** Ends the names of columns that have an amount in USD in place of units. */
export const usdEnd = '_usd';
const amount = (name: string) => ({ [name]: integer, [`${name}${usdEnd}`]: usd });

const shared = {
  status: integer,
  group: text,
  ...amount('budget_quota'),
  budget_period: text,
  budget_time_zone: text,
  budget_soft_percent: integer,
  ...amount('used_quota'),
  request_count: integer,
  created_time: time,
};

export interface CsvFile {
  /** Of the items. */
  readonly name: 'accounts' | 'keys' | 'channels';
  /** One of each list must have a cell that is not empty. */
  readonly required: readonly (readonly string[])[];
  readonly columns: Readonly<Record<string, CsvColumn>>;
}

export const csvFiles: readonly CsvFile[] = [
  {
    name: 'accounts',
    required: [['username']],
    columns: {
      username: text,
      display_name: text,
      email: text,
      role: integer,
      ...amount('quota'),
      unlimited_quota: boolean,
      password_hash: text,
      ...shared,
    },
  },
  {
    name: 'keys',
    required: [['username'], ['value', 'digest']],
    columns: {
      username: text,
      value: text,
      digest: text,
      hint: text,
      name: text,
      expired_time: time,
      ...amount('remain_quota'),
      unlimited_quota: boolean,
      model_limits: joined(','),
      allow_ips: joined('\n'),
      cross_group_retry: boolean,
      rpm_limit: integer,
      tpm_limit: integer,
      concurrency_limit: integer,
      content_log_days: integer,
      deleted: boolean,
      ...shared,
    },
  },
  {
    name: 'channels',
    required: [['name'], ['models']],
    columns: {
      name: text,
      kind: text,
      protocols: names,
      base_url: text,
      keys: names,
      models: names,
      model_mapping: object,
      groups: names,
      priority: integer,
      weight: integer,
      extra_headers: object,
      proxy: text,
      options: object,
      status: integer,
    },
  },
];
