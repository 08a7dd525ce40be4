/** Says that signing in is blocked for now, and for how long. */
import { useEffect, useState } from 'react';
import { Callout } from '../../components/callout.tsx';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';

interface TooManyAttemptsProps {
  /** How long to wait from now, in seconds. */
  readonly seconds: number;
  readonly onOver: () => void;
}

/** Mount it anew, by its `key`, for each refusal. */
export function TooManyAttempts({ seconds, onOver }: TooManyAttemptsProps) {
  const t = useMessages('login');
  const left = useSecondsLeft(seconds, onOver);
  return (
    <Callout tone="warn" title={t('tooManyTitle')}>
      <span>{t('tooManyText')}</span>
      {/* The text above is announced once; the seconds are not. */}
      <span role="timer" aria-live="off">
        {t('tooManyLeft', { time: format.duration(left * 1000) })}
      </span>
    </Callout>
  );
}

function useSecondsLeft(seconds: number, onOver: () => void): number {
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    const endsAt = performance.now() + seconds * 1000;
    const timer = setInterval(() => {
      const rest = Math.ceil((endsAt - performance.now()) / 1000);
      setLeft(Math.max(0, rest));
      if (rest <= 0) onOver();
    }, 250);
    return () => clearInterval(timer);
  }, [seconds, onOver]);
  return left;
}
