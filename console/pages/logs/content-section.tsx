/** The prompt and the response that a key keeps. Both are foreign text, shown as they are. */
import { useQuery } from '@tanstack/react-query';
import { Eye } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { contentQuery } from './log-queries.ts';
import styles from './timeline.module.css';

const textHeight = 8;

export function ContentSection({ requestId }: { readonly requestId: string }) {
  const t = useMessages('logs');
  const [isShown, setIsShown] = useState(false);
  const { data, error, refetch } = useQuery({ ...contentQuery(requestId), enabled: isShown });
  return (
    <section className={styles.section}>
      <h3>{t('contentTitle')}</h3>
      {!isShown && (
        <>
          <p className={styles.muted}>{t('contentText')}</p>
          <div>
            <Button icon={<Eye />} onClick={() => setIsShown(true)}>
              {t('showContent')}
            </Button>
          </div>
        </>
      )}
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {isShown && !data && !error && <Skeleton height={textHeight} />}
      {data && (
        <>
          <Text title={t('prompt')} text={data.request} copyLabel={t('copyPrompt')} />
          <Text title={t('response')} text={data.answer} copyLabel={t('copyResponse')} />
        </>
      )}
    </section>
  );
}

interface TextProps {
  readonly title: string;
  readonly text: string;
  readonly copyLabel: string;
}

function Text({ title, text, copyLabel }: TextProps) {
  return (
    <>
      <div className={styles.subtitle}>
        <h4>{title}</h4>
        <CopyButton text={text} label={copyLabel} size="sm" />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long texts scroll, so the frame must take the focus. */}
      <section className={styles.text} tabIndex={0} aria-label={title}>
        <pre dir="auto">{indented(text)}</pre>
      </section>
    </>
  );
}

/** JSON with line breaks; any other text as it is. */
function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
