/** The value of a field before or after a change. Foreign text: shown as it is, never as markup. */
import type { ReactNode } from 'react';
import { Count, Money } from '../../components/numbers.tsx';
import { DateTime } from '../../components/time.tsx';
import { type MessageOf, useMessages } from '../../i18n/messages.ts';
import styles from './audit.module.css';

const money = new Set(['quota', 'remain_quota']);
const times = new Set(['expired_time', 'effective_from']);
/** Rates of prices for a token, in picodollars. */
const tokenRates = new Set([
  'input',
  'cached_input',
  'cache_write',
  'long_cache_write',
  'audio_input',
  'image_input',
  'output',
  'reasoning',
  'audio_output',
  'image_output',
  'character',
]);
/** Rates for each of something, in picodollars. */
const itemRates = new Set([
  'request',
  'image',
  'audio_second',
  'search_unit',
  'video_second',
  'web_search',
  'file_search',
  'code_session',
]);
const picodollarsPerUnit = 2_000_000;
const tokensPerRate = 1_000_000;
const millionths = 1_000_000;

const roleWords: Readonly<Record<number, MessageOf<'audit'>>> = {
  1: 'roleUser',
  10: 'roleAdministrator',
  100: 'roleRoot',
};

interface FieldValueProps {
  readonly field: string;
  readonly value: unknown;
}

export function FieldValue({ field, value }: FieldValueProps): ReactNode {
  const t = useMessages('audit');
  if (value === null || value === '') return <span className={styles.nothing}>{t('empty')}</span>;
  switch (typeof value) {
    case 'boolean':
      return t(value ? 'yes' : 'no');
    case 'number':
      return <NumberValue field={field} value={value} />;
    case 'string':
      return <bdi>{value}</bdi>;
    default:
      return <ListValue value={value} />;
  }
}

function ListValue({ value }: { readonly value: unknown }) {
  const t = useMessages('audit');
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) {
    if (value.length === 0) return <span className={styles.nothing}>{t('empty')}</span>;
    return <bdi>{value.join(', ')}</bdi>;
  }
  return <code className={styles.json}>{JSON.stringify(value, null, 1)}</code>;
}

function NumberValue({ field, value }: { readonly field: string; readonly value: number }) {
  const t = useMessages('audit');
  const role = field === 'role' ? roleWords[value] : undefined;
  if (role !== undefined) return t(role);
  if (money.has(field)) return <Money units={value} />;
  if (times.has(field)) return value > 0 ? <DateTime at={value} /> : t(value === 0 ? 'always' : 'never');
  if (tokenRates.has(field)) {
    return (
      <>
        <Money units={(value * tokensPerRate) / picodollarsPerUnit} /> {t('perMillionTokens')}
      </>
    );
  }
  if (itemRates.has(field)) return <Money units={value / picodollarsPerUnit} />;
  return <Count value={field === 'multiplier' ? value / millionths : value} />;
}
