/** The text formats that the OpenAPI document names: a parser and some examples of each. */
import fc from 'fast-check';
import { parseIpList } from '../../src/domain/ip-list.ts';
import { parseModelList } from '../../src/domain/model-list.ts';
import { isVariantName } from '../../src/domain/rates.ts';
import { isTierName } from '../../src/domain/service-tier.ts';
import {
  modelFault,
  parseAmount,
  parseMoment,
  parseMultiplier,
  sourceFault,
} from '../../src/ledger/price-format.ts';
import { startOfDay } from '../../src/management/days.ts';
import { unitsOfUsd } from '../../src/management/money.ts';
import { isPeriod } from '../../src/management/usage/parameters.ts';
import { settingsSchema } from '../../src/platform/settings/schema.ts';
import { timeZoneName } from '../../src/platform/time-zone.ts';
import { checkBaseUrl, readChannelProxy } from '../../src/upstreams/dialling.ts';
import { checkExtraHeaders } from '../../src/upstreams/forward-headers.ts';

export interface Format {
  readonly values: fc.Arbitrary<string>;
  readonly holds: (text: string) => boolean;
}

const { upstreams } = settingsSchema.parse({});

function passes(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

function format(holds: (text: string) => boolean, first: string, ...more: readonly string[]): Format {
  return { values: fc.constantFrom(first, ...more), holds };
}

const amounts = ['0', '2.5', '0.000001', '1000', '12.345678'] as const;

export const formats: Readonly<Record<string, Format>> = {
  date: format((text) => startOfDay(text) !== undefined, '2027-01-31', '1999-12-31'),
  'time-zone': format((text) => timeZoneName(text) !== undefined, 'Europe/Berlin', 'UTC', 'america/new_york'),
  'usage-period': format((text) => isPeriod(text), '24h', '7d', '2027-01-01..2027-01-07'),
  'optional-time-zone': format((text) => text === '' || timeZoneName(text) !== undefined, '', 'UTC'),
  'model-list': format((text) => passes(() => parseModelList(text)), '', 'model-a', 'a, b ,c', 'gpt-4o,x'),
  'ip-list': format(
    (text) => passes(() => parseIpList(text)),
    '',
    '127.0.0.1',
    '10.0.0.0/8\n\n2001:db8::/32',
  ),
  'base-url': format(
    (text) => passes(() => checkBaseUrl(text.replace(/\/+$/, ''), upstreams)),
    'https://api.example.com',
    'https://example.org/v1/',
    'demo:',
  ),
  proxy: format(
    (text) => passes(() => readChannelProxy(text, upstreams)),
    'direct',
    'http://u:p@proxy.example:1',
  ),
  'header-name': format(
    (text) => passes(() => checkExtraHeaders({ [text]: '' })),
    'x-a',
    'user-agent',
    'X_b',
  ),
  'usd-per-million': format((text) => parseAmount(text, 'input') !== undefined, ...amounts),
  'usd-per-piece': format((text) => parseAmount(text, 'image') !== undefined, ...amounts),
  multiplier: format((text) => parseMultiplier(text) !== undefined, ...amounts),
  moment: format((text) => parseMoment(text) !== undefined, '0', '2027-01-01', '2027-01-01T12:00:00Z'),
  'priced-model': format((text) => modelFault(text) === undefined, 'model-a', 'gpt-*', '*'),
  'service-tier': format(isTierName, 'priority', 'flex'),
  'price-variant': format(isVariantName, 'hd', '1792x1024', 'hd/1792x1024'),
  'price-source': format((text) => sourceFault(text) === undefined, '', 'a list'),
  usd: format((text) => (unitsOfUsd(text) ?? 0) !== 0, '1', '-0.5', '0.000002'),
};
