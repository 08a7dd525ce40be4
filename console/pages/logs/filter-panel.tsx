/** The filters that are used less often. Load it with `lazy`. */
import { lazy, Suspense, useState } from 'react';
import { TextField } from '../../components/field.tsx';
import { Section } from '../../components/page.tsx';
import { Skeleton } from '../../components/states.tsx';
import { unitsFromUsd, usdFromUnits } from '../../format/money.ts';
import { browserTimeZone } from '../../format/time-zone.ts';
import { useMessages } from '../../i18n/messages.ts';
import { fromLocalTime, localTime } from './local-time.ts';
import styles from './logs.module.css';
import { type FilterProps, ModelFilter } from './model-filter.tsx';

// Comboboxes are heavy.
const KeyPicker = lazy(async () => ({
  default: (await import('../../features/key-picker/key-picker.tsx')).KeyPicker,
}));

const AccountPicker = lazy(async () => ({
  default: (await import('../../features/key-picker/account-picker.tsx')).AccountPicker,
}));
const ChannelPicker = lazy(async () => ({
  default: (await import('../../features/key-picker/channel-picker.tsx')).ChannelPicker,
}));

/** In rem. */
const fieldHeight = 3.75;

export function FilterPanel({ search, onChange }: FilterProps) {
  const t = useMessages('logs');
  const { all = false, key = [], min_ms: minMs, min_cost: minCost, error } = search;
  return (
    <Section title={t('filters')}>
      <div className={styles.panel}>
        <Suspense fallback={<Skeleton height={fieldHeight} />}>
          {!all && (
            <KeyPicker
              label={t('addKey')}
              value={undefined}
              onChange={(id) => id !== undefined && !key.includes(id) && onChange({ key: [...key, id] })}
            />
          )}
          <ModelFilter search={search} onChange={onChange} />
        </Suspense>
        <Typed
          label={t('errorCode')}
          value={error ?? ''}
          onType={(text) => onChange({ error: text || undefined })}
          hint={t('errorCodeHint')}
        />
        <Typed
          label={t('minDuration')}
          value={minMs === undefined ? '' : String(minMs)}
          suffix="ms"
          inputMode="numeric"
          onType={(text) => onChange({ min_ms: wholeOf(text) })}
        />
        <Typed
          label={t('minCost')}
          value={minCost === undefined ? '' : usdFromUnits(minCost)}
          prefix="$"
          inputMode="decimal"
          onType={(text) => onChange({ min_cost: unitsFromUsd(text) || undefined })}
        />
        <Typed
          label={t('from')}
          type="datetime-local"
          value={localTime(search.from)}
          hint={t('zoneHint', { zone: browserTimeZone() })}
          onType={(text) =>
            onChange({ from: fromLocalTime(text), to: search.to ?? Math.floor(Date.now() / 1000) })
          }
        />
        <Typed
          label={t('to')}
          type="datetime-local"
          value={localTime(search.to)}
          onType={(text) => onChange({ to: fromLocalTime(text) })}
        />
        {all && (
          <Suspense fallback={<Skeleton height={fieldHeight} />}>
            <AccountPicker label={t('account')} onChoose={({ username }) => onChange({ user: username })} />
            <ChannelPicker label={t('channel')} onChoose={(id) => onChange({ channel: id })} />
          </Suspense>
        )}
      </div>
    </Section>
  );
}

function wholeOf(text: string): number | undefined {
  return /^[1-9][0-9]{0,14}$/.test(text.trim()) ? Number(text.trim()) : undefined;
}

interface TypedProps extends Omit<React.ComponentProps<typeof TextField>, 'value' | 'onChange'> {
  readonly value: string;
  /** Called when the field is left, or with Enter. */
  readonly onType: (text: string) => void;
}

/** A field whose text counts when it is left. */
function Typed({ value, onType, ...field }: TypedProps) {
  const [text, setText] = useState(value);
  const [seen, setSeen] = useState(value);
  // The address changed by other means, for example by a chip.
  if (seen !== value) {
    setSeen(value);
    setText(value);
  }
  const settle = () => text !== value && onType(text);
  return (
    <TextField
      {...field}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={settle}
      onKeyDown={(event) => event.key === 'Enter' && settle()}
    />
  );
}
