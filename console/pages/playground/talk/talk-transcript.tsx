/** What both sides have said, with what each response and transcription cost. */
import { AudioLines } from 'lucide-react';
import { Money } from '../../../components/numbers.tsx';
import { useMessages } from '../../../i18n/messages.ts';
import styles from '../playground.module.css';
import soundStyles from '../sound.module.css';
import { useStickToEnd } from '../use-stick-to-end.ts';
import talkStyles from './talk.module.css';
import type { TalkCosts } from './talk-costs.ts';
import type { Turn } from './talk-log.ts';
import type { TalkSession } from './talk-session.ts';
import type { Talk } from './use-talk.ts';

interface TalkTranscriptProps {
  readonly talk: Talk;
  readonly costs: TalkCosts;
  /** Undefined = none runs. */
  readonly session: TalkSession | undefined;
}

export function TalkTranscript({ talk, costs, session }: TalkTranscriptProps) {
  const t = useMessages('playground');
  const { turns } = talk.log;
  const { ref, onScroll } = useStickToEnd(talk.eventCount);
  if (talk.phase === 'idle') return null;
  return (
    <div className={soundStyles.box}>
      {turns.length === 0 && <p className={styles.muted}>{t('talkNothing')}</p>}
      {turns.length > 0 && (
        <section
          ref={ref}
          onScroll={onScroll}
          className={talkStyles.turns}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must take the focus.
          tabIndex={0}
          aria-label={t('transcript')}
        >
          {turns.map((turn) => (
            <TurnView key={turn.id} turn={turn} model={talk.model} units={costs.byId.get(turn.chargedAs)} />
          ))}
        </section>
      )}
      {!session && talk.log.charged.length > 0 && (
        <p>
          {t('talkSum')} <Money units={costs.sum} />
        </p>
      )}
    </div>
  );
}

interface TurnViewProps {
  readonly turn: Turn;
  readonly model: string;
  /** Undefined = nothing, or not known yet. */
  readonly units: number | undefined;
}

function TurnView({ turn: { speaker, text, isSpoken }, model, units }: TurnViewProps) {
  const t = useMessages('playground');
  const isUser = speaker === 'user';
  return (
    <article className={talkStyles.turn} data-speaker={speaker}>
      <h2 className={styles.speaker}>{isUser ? t('you') : <bdi>{model}</bdi>}</h2>
      {text === '' ? (
        <p className={styles.muted}>
          <AudioLines aria-hidden="true" /> {t(isSpoken || isUser ? 'talkSpoken' : 'talkAnswering')}
        </p>
      ) : (
        <p className={soundStyles.written} dir="auto">
          {text}
        </p>
      )}
      {units !== undefined && (
        <p className={styles.muted}>
          {t(isUser ? 'talkTranscriptionCost' : 'cost')} <Money units={units} />
        </p>
      )}
    </article>
  );
}
