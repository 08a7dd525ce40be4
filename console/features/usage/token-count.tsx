/** The tokens of a period, or that its requests had none: a request may be counted by the piece. */
import { Compact } from '../../components/numbers.tsx';
import { useMessages } from '../../i18n/messages.ts';
import type { Figures } from './figures.ts';

type Counted = Pick<Figures, 'requests' | 'prompt_tokens' | 'completion_tokens'>;

export function TokenCount({ figures }: { readonly figures: Counted }) {
  const t = useMessages('usage');
  const tokens = figures.prompt_tokens + figures.completion_tokens;
  if (tokens > 0 || figures.requests === 0) return <Compact value={tokens} />;
  return <span title={t('noTokensHint')}>{t('noTokens')}</span>;
}
