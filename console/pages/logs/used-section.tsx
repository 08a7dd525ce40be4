/** What a request used: tokens by kind, and what was counted by the piece. */
import { type Fact, Facts } from '../../components/facts.tsx';
import { Count } from '../../components/numbers.tsx';
import { Tag } from '../../components/status.tsx';
import { useMessages } from '../../i18n/messages.ts';
import type { LogDetail } from './log-queries.ts';
import styles from './timeline.module.css';

const pieceKinds = [
  'images',
  'video_seconds',
  'characters',
  'audio_seconds',
  'search_units',
  'web_searches',
  'file_searches',
  'code_sessions',
] as const;

const tokenKinds = [
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
] as const;

export function UsedSection({ detail: { tokens, estimated, record } }: { readonly detail: LogDetail }) {
  const t = useMessages('logs');
  if (record.state === '') return null;
  const { pieces, variant } = record;
  const pieceFacts = pieceKinds
    .filter((kind) => pieces[kind] > 0)
    .map((kind): Fact => ({ name: t(`used_${kind}`), value: <Count value={pieces[kind]} /> }));
  const hasTokens = tokens.input + tokens.output > 0;
  const tokenFacts = tokenKinds
    .filter((kind) => tokens[kind] > 0 || kind === 'input' || kind === 'output')
    .map((kind): Fact => ({ name: t(`tokens_${kind}`), value: <Count value={tokens[kind]} /> }));
  return (
    <section className={styles.section}>
      <h3>
        {t('used')} {estimated && <Tag>{t('estimated')}</Tag>}
      </h3>
      <Facts
        items={[
          ...pieceFacts,
          ...(variant === '' ? [] : [{ name: t('variant'), value: <bdi>{variant}</bdi> }]),
          ...(hasTokens || pieceFacts.length === 0 ? tokenFacts : []),
        ]}
      />
    </section>
  );
}
