/** Everything that is known of one model. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ButtonLink } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { Sheet } from '../../components/dialog.tsx';
import { type Fact, Facts } from '../../components/facts.tsx';
import { Count } from '../../components/numbers.tsx';
import { Inline, Stack } from '../../components/stack.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../components/states.tsx';
import { Tag } from '../../components/status.tsx';
import { format } from '../../format/format.ts';
import { type MessageOf, useMessages } from '../../i18n/messages.ts';
import { endpointNames } from './endpoint-names.ts';
import { typeName } from './model-columns.tsx';
import styles from './models.module.css';
import { isByPiece, Price, ratioOf, unitsPerUsd } from './price.tsx';
import { type Model, modelQuery } from './queries.ts';

interface ModelSheetProps {
  readonly id: string;
  readonly onClose: () => void;
}

export function ModelSheet({ id, onClose }: ModelSheetProps) {
  const t = useMessages('models');
  const { data, error, refetch } = useQuery(modelQuery(id));
  return (
    <Sheet
      open
      onClose={onClose}
      title={id}
      description={data?.model.name === id ? undefined : data?.model.name}
      footer={
        data?.model.model_type === 'chat' && (
          <ButtonLink to="/playground" search={{ model: id }} variant="primary">
            {t('tryIt')}
          </ButtonLink>
        )
      }
    >
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data === undefined && !error && <Skeleton height={24} />}
      {data === null && <EmptyState title={t('goneTitle')}>{t('goneText')}</EmptyState>}
      {data && <Details {...data} />}
    </Sheet>
  );
}

/** In the order of the list; the API leaves out what has no price. */
const tokenPrices: readonly (readonly [keyof Model['pricing'], MessageOf<'models'>])[] = [
  ['input', 'input'],
  ['cached_input', 'cachedInput'],
  ['cache_write', 'cacheWrite'],
  ['long_cache_write', 'longCacheWrite'],
  ['audio_input', 'audioInput'],
  ['image_input', 'imageInput'],
  ['output', 'output'],
  ['reasoning', 'reasoning'],
  ['audio_output', 'audioOutput'],
  ['image_output', 'imageOutput'],
];

const piecePrices: readonly (readonly [keyof Model['pricing'], MessageOf<'models'>])[] = [
  ['per_request', 'perRequest'],
  ['per_image', 'perImage'],
  ['characters', 'characters'],
  ['per_audio_second', 'perAudioSecond'],
  ['per_search_unit', 'perSearchUnit'],
  ['per_video_second', 'perVideoSecond'],
  ['per_web_search', 'perWebSearch'],
  ['per_file_search', 'perFileSearch'],
  ['per_code_session', 'perCodeSession'],
];

interface DetailsProps {
  readonly model: Model;
  readonly keys_looked_at: number;
  readonly keys_total: number;
}

function Details({ model, keys_looked_at: keysLookedAt, keys_total: keysTotal }: DetailsProps) {
  const t = useMessages('models');
  const pricesOf = (list: typeof tokenPrices): readonly Fact[] =>
    list.flatMap(([name, label]) => {
      const usd = model.pricing[name];
      return typeof usd === 'number'
        ? [{ name: t(label), value: <Price usd={usd} ratio={ratioOf(model)} /> }]
        : [];
    });
  const pieces = pricesOf(piecePrices);
  const { description, provider, features, groups, keys = 0 } = model;
  const { context_length: context, max_completion_tokens: output } = model;
  const keysText = { keys: format.count(keys), all: format.count(keysLookedAt) };
  return (
    <Stack gap="lg">
      {description !== '' && <p dir="auto">{description}</p>}
      <Facts
        items={[
          {
            name: t('id'),
            value: (
              <Inline>
                <code className={styles.id}>{model.id}</code>
                <CopyButton text={model.id} label={t('copyId')} size="sm" />
              </Inline>
            ),
          },
          { name: t('type'), value: typeName(t, model.model_type) },
          ...(provider === '' ? [] : [{ name: t('provider'), value: <bdi>{provider}</bdi> }]),
          ...(context === undefined ? [] : [{ name: t('context'), value: <Count value={context} /> }]),
          ...(output === undefined ? [] : [{ name: t('maxOutput'), value: <Count value={output} /> }]),
          {
            name: t('keys'),
            value: (
              <Link to="/token" search={{ model: model.id, status: 'enabled' }}>
                {t(keysTotal > keysLookedAt ? 'keysOfNewest' : 'keysOf', keysText)}
              </Link>
            ),
          },
        ]}
      />
      <section className={styles.part}>
        {!isByPiece(model.pricing) && (
          <>
            <h3>{t('tokenPrices')}</h3>
            <Facts items={pricesOf(tokenPrices)} />
          </>
        )}
        {pieces.length > 0 && (
          <>
            <h3>{t('piecePrices')}</h3>
            <Facts items={pieces} />
          </>
        )}
        <Variants model={model} />
        <p className={styles.muted}>
          {t('groupsText', {
            groups: groups.map(({ name, ratio }) => `${name} × ${format.count(ratio)}`).join(', '),
          })}
        </p>
      </section>
      <section className={styles.part}>
        <h3>{t('endpoints')}</h3>
        <Facts
          items={Object.entries(model.endpoints).map(([name, { path }]) => ({
            name: endpointNames[name] ?? name,
            value: <code className={styles.id}>{path}</code>,
          }))}
        />
      </section>
      {features.length > 0 && (
        <section className={styles.part}>
          <h3>{t('features')}</h3>
          <span className={styles.tags}>
            {features.map((feature) => (
              <Tag key={feature}>{feature}</Tag>
            ))}
          </span>
        </section>
      )}
    </Stack>
  );
}

/** What sizes and qualities of pictures and videos cost. */
function Variants({ model }: { readonly model: Model }) {
  const t = useMessages('models');
  const variants = Object.entries(model.pricing.variants ?? {});
  if (variants.length === 0) return null;
  const text = (usd: number) => format.money(usd * ratioOf(model) * unitsPerUsd);
  return (
    <>
      <h3>{t('variantPrices')}</h3>
      <Facts
        items={variants.map(([name, { per_image: image, per_video_second: second }]) => ({
          name,
          value: (
            <span className={styles.price}>
              {[
                ...(image === undefined ? [] : [t('per_image', { price: text(image) })]),
                ...(second === undefined ? [] : [t('per_video_second', { price: text(second) })]),
              ].join(', ')}
            </span>
          ),
        }))}
      />
    </>
  );
}
