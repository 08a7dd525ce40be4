/** How long the balance lasts at the present rate. */
import { Tile } from '../../components/facts.tsx';
import { format } from '../../format/format.ts';
import { type Translate, useMessages } from '../../i18n/messages.ts';
import type { Wallet } from './wallet-queries.ts';

export function ForecastTile({ wallet: { forecast, quota } }: { readonly wallet: Wallet }) {
  const t = useMessages('wallet');
  if (quota <= 0) return <Tile label={t('lasts')} value={t('usedUp')} />;
  if (!forecast) return <Tile label={t('lasts')} value={t('noForecast')} note={t('tooFar')} />;
  const { days_left: left, ends_at: end, per_day: perDay } = forecast;
  return (
    <Tile
      label={t('lasts')}
      value={timeLeft(t, left)}
      note={
        <span title={t('basedOn', { days: Math.ceil(forecast.days) })}>
          {t('until', { date: format.date(end), perDay: format.money(perDay) })}
        </span>
      }
    />
  );
}

const daysPerYear = 365.25;

function timeLeft(t: Translate<'wallet'>, days: number): string {
  if (days < 1) return t('lessThanDay');
  const years = Math.floor(days / daysPerYear);
  return years > 0 ? t('years', { years }) : t('daysLeft', { days: Math.floor(days) });
}
