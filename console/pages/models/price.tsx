/** A price of the catalogue, which gives USD as numbers. */
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import styles from './models.module.css';
import type { Model } from './queries.ts';

export const unitsPerUsd = 500_000;

interface PriceProps {
  /** USD; undefined = there is none. */
  readonly usd: number | undefined;
  /** The group's multiplier. */
  readonly ratio?: number;
}

export function Price({ usd, ratio = 1 }: PriceProps) {
  const t = useMessages('models');
  if (usd === undefined) return null;
  if (usd * ratio === 0) return <span className={styles.free}>{t('free')}</span>;
  return <span className={styles.price}>{format.money(usd * ratio * unitsPerUsd)}</span>;
}

type PieceRate = 'characters' | 'per_audio_second' | 'per_search_unit' | 'per_image' | 'per_video_second';

/** What is charged in the place of tokens that come in, and of those that are made. */
const ratesIn = ['characters', 'per_audio_second', 'per_search_unit'] as const satisfies readonly PieceRate[];
const ratesOut = ['per_image', 'per_video_second'] as const satisfies readonly PieceRate[];

/** Of what comes in: by the piece where tokens cost nothing. */
export function PriceIn({ model }: { readonly model: Model }) {
  return <Side model={model} usd={model.pricing.input} rates={ratesIn} />;
}

/** Of what is made. */
export function PriceOut({ model }: { readonly model: Model }) {
  return <Side model={model} usd={model.pricing.output} rates={ratesOut} />;
}

interface SideProps {
  readonly model: Model;
  readonly usd: number | undefined;
  readonly rates: readonly PieceRate[];
}

function Side({ model, usd, rates }: SideProps) {
  const { pricing } = model;
  const ratio = ratioOf(model);
  const rate = rates.find((name) => cheapestOf(pricing, name) !== undefined);
  const hasTokens = usd !== undefined && (usd > 0 || !isByPiece(pricing));
  return (
    <span className={styles.prices}>
      {hasTokens && <Price usd={usd} ratio={ratio} />}
      {rate !== undefined && <PiecePrice pricing={pricing} rate={rate} ratio={ratio} />}
    </span>
  );
}

interface PiecePriceProps {
  readonly pricing: Model['pricing'];
  readonly rate: PieceRate;
  readonly ratio: number;
}

/** The lowest of its sizes and qualities. */
function PiecePrice({ pricing, rate, ratio }: PiecePriceProps) {
  const t = useMessages('models');
  const cheapest = cheapestOf(pricing, rate) ?? 0;
  const price = format.money(cheapest * ratio * unitsPerUsd);
  const text = t(rate === 'characters' ? 'per_characters' : rate, { price });
  return (
    <span className={styles.price}>{isVaried(pricing, rate) ? t('fromPrice', { price: text }) : text}</span>
  );
}

/** Whether it has a price for pieces and none for tokens. */
export function isByPiece(pricing: Model['pricing']): boolean {
  const { input = 0, output = 0 } = pricing;
  return (
    input + output === 0 && [...ratesIn, ...ratesOut].some((name) => cheapestOf(pricing, name) !== undefined)
  );
}

function cheapestOf(pricing: Model['pricing'], rate: PieceRate): number | undefined {
  const all = [pricing[rate], ...variantRates(pricing, rate)].filter((usd) => usd !== undefined);
  return all.length === 0 ? undefined : Math.min(...all);
}

/** Whether a size or quality costs something else. */
function isVaried(pricing: Model['pricing'], rate: PieceRate): boolean {
  return new Set([pricing[rate], ...variantRates(pricing, rate)].filter((usd) => usd !== undefined)).size > 1;
}

function variantRates({ variants = {} }: Model['pricing'], rate: PieceRate): readonly (number | undefined)[] {
  if (rate !== 'per_image' && rate !== 'per_video_second') return [];
  return Object.values(variants).map((own) => own[rate]);
}

/** The multiplier of the group that a request takes first. */
export function ratioOf({ groups }: Model): number {
  return groups[0]?.ratio ?? 1;
}
