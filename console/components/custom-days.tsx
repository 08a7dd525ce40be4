/** The first and last day of a period, as the browser's own date fields. */
import { useState } from 'react';
import type { Days } from '../format/zoned-days.ts';
import { useMessages } from '../i18n/messages.ts';
import { TextField } from './field.tsx';
import { Inline } from './stack.tsx';

interface CustomDaysProps {
  readonly days: Days;
  /** @param period as the API takes it; only for days in their order */
  readonly onChange: (period: string) => void;
}

export function CustomDays({ days, onChange }: CustomDaysProps) {
  const t = useMessages('common');
  const [typed, setTyped] = useState<Days>(days);
  const isWrong = typed.first > typed.last;
  const change = (next: Days) => {
    setTyped(next);
    if (next.first !== '' && next.last !== '' && next.first <= next.last)
      onChange(`${next.first}..${next.last}`);
  };
  return (
    <Inline>
      <TextField
        label={t('firstDay')}
        type="date"
        value={typed.first}
        error={isWrong ? t('datesWrong') : undefined}
        onChange={(event) => change({ ...typed, first: event.target.value })}
      />
      <TextField
        label={t('lastDay')}
        type="date"
        value={typed.last}
        onChange={(event) => change({ ...typed, last: event.target.value })}
      />
    </Inline>
  );
}
