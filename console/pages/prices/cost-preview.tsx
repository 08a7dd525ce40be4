/** What a request would cost, by the rules that charge requests: every term with its numbers. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, dataOf } from '../../api/client.ts';
import { TextField } from '../../components/field.tsx';
import { Money } from '../../components/numbers.tsx';
import { Stack } from '../../components/stack.tsx';
import { ErrorState } from '../../components/states.tsx';
import { exactFormat } from '../../format/exact.ts';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import {
  amountsOf,
  isAmount,
  type KeptAmounts,
  optionalAmounts,
  type PriceForm,
  variantAmounts,
} from './price-form.ts';
import { pricesKey } from './price-queries.ts';
import styles from './prices.module.css';

interface CostPreviewProps {
  /** What the form says now. */
  readonly form: PriceForm;
  readonly kept: KeptAmounts;
}

/** What is counted by the piece, and the rate that it is charged by. */
const pieceRates = [
  ['images', 'per_image'],
  ['characters', 'characters'],
  ['audio_seconds', 'per_audio_second'],
  ['search_units', 'per_search_unit'],
  ['video_seconds', 'per_video_second'],
] as const;

type Piece = (typeof pieceRates)[number][0];

/** Whole numbers as typed, and names. */
type Request = Readonly<Record<'input' | 'cached_input' | 'output' | Piece | 'variant' | 'group', string>>;

const example: Request = {
  ...{ input: '10000', cached_input: '0', output: '1000', group: 'default', variant: '' },
  ...{ images: '1', characters: '1000', audio_seconds: '60', search_units: '1', video_seconds: '5' },
};

/** The pieces that the form has a price for. */
function piecesIn(form: PriceForm): readonly Piece[] {
  return pieceRates
    .filter(([, rate]) => {
      const varied = rate === 'per_image' || rate === 'per_video_second' ? form.variants : [];
      return form[rate].trim() !== '' || varied.some((own) => own[rate as 'per_image'].trim() !== '');
    })
    .map(([piece]) => piece);
}

const countIn = (text: string) => (/^\d{1,12}$/.test(text.trim()) ? Number(text) : 0);

export function CostPreview({ form, kept }: CostPreviewProps) {
  const t = useMessages('prices');
  const [request, setRequest] = useState(example);
  const field = (name: keyof Request) => ({
    label: t(`preview_${name}`),
    value: request[name],
    inputMode: name === 'group' || name === 'variant' ? ('text' as const) : ('numeric' as const),
    onChange: ({ target }: { target: { value: string } }) => setRequest({ ...request, [name]: target.value }),
  });
  const given = [
    ...optionalAmounts.map((name) => form[name]),
    ...form.variants.flatMap((own) => variantAmounts.map((rate) => own[rate])),
  ].filter((text) => text.trim() !== '');
  const isWhole = [form.input, form.output, ...given].every(isAmount);
  return (
    <section>
      <Stack gap="sm">
        <h3>{t('preview')}</h3>
        <p className={styles.note}>{t('previewText')}</p>
        <div className={styles.pairs}>
          <TextField {...field('input')} />
          <TextField {...field('cached_input')} />
          <TextField {...field('output')} />
          {piecesIn(form).map((piece) => (
            <TextField key={piece} {...field(piece)} />
          ))}
          {form.variants.length > 0 && <TextField {...field('variant')} />}
          <TextField {...field('group')} />
        </div>
        {isWhole ? (
          <Cost form={form} kept={kept} request={request} />
        ) : (
          <p className={styles.note}>{t('previewIncomplete')}</p>
        )}
      </Stack>
    </section>
  );
}

interface CostProps extends CostPreviewProps {
  readonly request: Request;
}

function Cost({ form, kept, request }: CostProps) {
  const t = useMessages('prices');
  const body = {
    model: form.model.trim() || 'model',
    group: request.group.trim() || 'default',
    price: amountsOf(form, kept),
    usage: {
      input: countIn(request.input),
      cached_input: countIn(request.cached_input),
      output: countIn(request.output),
      ...Object.fromEntries(piecesIn(form).map((piece) => [piece, countIn(request[piece])])),
    },
    ...(request.variant.trim() !== '' && { variant: request.variant.trim() }),
  };
  const { data, error } = useQuery({
    queryKey: [...pricesKey, 'preview', body],
    queryFn: ({ signal }) => dataOf(api.POST('/api/price/preview', { signal, body })),
    placeholderData: keepPreviousData,
  });
  if (error) return <ErrorState error={error} />;
  return (
    <table className={styles.cost} aria-live="polite">
      <thead>
        <tr>
          <th scope="col">{t('term')}</th>
          <th scope="col">{t('count')}</th>
          <th scope="col">{t('priceOfOne')}</th>
          <th scope="col">{t('costs')}</th>
        </tr>
      </thead>
      <tbody>
        {data?.lines.map(({ kind, count, price, per, usd }) => (
          <tr key={kind}>
            <th scope="row">{t(kind)}</th>
            <td>{format.count(count)}</td>
            <td>{t(per === 'million' ? 'usdPerMillion' : 'usdEach', { amount: exactFormat.usd(price) })}</td>
            <td>{exactFormat.usd(usd)}</td>
          </tr>
        ))}
      </tbody>
      {data && (
        <tfoot>
          <tr>
            <th scope="row" colSpan={3}>
              {t('total', { multiplier: exactFormat.decimal(data.multiplier) })}
            </th>
            <td>
              <strong>
                <Money units={data.units} />
              </strong>
            </td>
          </tr>
        </tfoot>
      )}
    </table>
  );
}
