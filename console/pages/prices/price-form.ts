/** The amounts of a price as people type them, and as the gateway takes them. */
import type { paths } from '../../api/schema.ts';
import type { Price } from './price-queries.ts';

type Sent = paths['/api/price']['put']['requestBody']['content']['application/json']['models'][number];

/** USD for a million tokens, then USD for one. In the order in which they are shown. */
export const optionalAmounts = [
  'cached_input',
  'cache_write',
  'long_cache_write',
  'reasoning',
  'audio_input',
  'audio_output',
  'image_input',
  'image_output',
  'per_request',
  'per_image',
  'characters',
  'per_audio_second',
  'per_search_unit',
  'per_video_second',
  'per_web_search',
  'per_file_search',
  'per_code_session',
] as const;

export type AmountField = (typeof optionalAmounts)[number];

/** What a size or quality costs, as typed. */
export interface VariantForm {
  readonly name: string;
  readonly per_image: string;
  readonly per_video_second: string;
}

export const emptyVariant: VariantForm = { name: '', per_image: '', per_video_second: '' };

/** The rates that a size or quality may have. */
export const variantAmounts = ['per_image', 'per_video_second'] as const;

export type PriceForm = Readonly<Record<'model' | 'input' | 'output' | AmountField, string>> & {
  readonly variants: readonly VariantForm[];
  /** A day and time of the browser's own input; empty = at once. */
  readonly from: string;
};

const empty: PriceForm = {
  model: '',
  input: '',
  output: '',
  from: '',
  variants: [],
  ...(Object.fromEntries(optionalAmounts.map((field) => [field, ''])) as Record<AmountField, string>),
};

/** @param price what the fields show at first; undefined = a new price */
export function formOf(price: Price | undefined): PriceForm {
  if (!price) return empty;
  const amounts = optionalAmounts.map((field) => [field, price[field] ?? '']);
  return {
    ...empty,
    model: price.id,
    input: price.input,
    output: price.output,
    variants: Object.entries(price.variants ?? {}).map(([name, own]) => ({ ...emptyVariant, name, ...own })),
    ...Object.fromEntries(amounts),
  };
}

/** As the gateway takes amounts: plain decimal with at most six digits after the point. */
export const isAmount = (text: string): boolean => /^\d+(\.\d{1,6})?$/.test(text.trim());

/** What the form does not show but must not lose. */
export type KeptAmounts = Pick<Price, 'tiers'>;

/** @param kept of the present price */
export function amountsOf(form: PriceForm, { tiers }: KeptAmounts): Omit<Sent, 'id'> {
  const variants = form.variants.filter(({ name }) => name.trim() !== '').map(variantOf);
  const given = optionalAmounts.flatMap((field) => (form[field].trim() ? [[field, form[field].trim()]] : []));
  return {
    input: form.input.trim(),
    output: form.output.trim(),
    ...Object.fromEntries(given),
    ...(tiers && { tiers }),
    ...(variants.length > 0 && { variants: Object.fromEntries(variants) }),
  };
}

function variantOf(variant: VariantForm) {
  const given = variantAmounts.flatMap((rate) => {
    const text = variant[rate].trim();
    return text === '' ? [] : [[rate, text] as const];
  });
  return [variant.name.trim(), Object.fromEntries(given)] as const;
}

/** @returns seconds since 1970; undefined = at once */
export function momentOf({ from }: PriceForm): number | undefined {
  return from === '' ? undefined : Math.floor(new Date(from).getTime() / 1000);
}
