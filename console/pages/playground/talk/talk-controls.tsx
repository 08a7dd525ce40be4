/** What a session in progress is steered by: its state, the microphone, a written message, stop and end. */
import { LoaderCircle, Mic, MicOff, PhoneOff, Send, Square } from 'lucide-react';
import { type FormEvent, useEffect, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { TextField } from '../../../components/field.tsx';
import { Meter } from '../../../components/meter.tsx';
import { Money } from '../../../components/numbers.tsx';
import { Status } from '../../../components/status.tsx';
import { format } from '../../../format/format.ts';
import { useMessages } from '../../../i18n/messages.ts';
import styles from './talk.module.css';
import type { TalkCosts } from './talk-costs.ts';
import type { TalkSession } from './talk-session.ts';
import type { Talk } from './use-talk.ts';

interface TalkControlsProps {
  readonly talk: Talk;
  readonly level: number;
  readonly session: TalkSession;
  readonly isPushToTalk: boolean;
  readonly costs: TalkCosts;
}

export function TalkControls({ talk, level, session, isPushToTalk, costs }: TalkControlsProps) {
  const t = useMessages('playground');
  const { microphone } = talk;
  const isOpen = talk.phase === 'open';
  const isHearing = microphone === 'on' || microphone === 'muted';
  const isAnswering = talk.isPlaying || talk.log.responding.length > 0;
  return (
    <>
      <div className={styles.state}>
        {isOpen ? (
          <Status tone="ok">{t('talkOpen')}</Status>
        ) : (
          <Status tone="info" icon={LoaderCircle}>
            {t('talkConnecting')}
          </Status>
        )}
        <span>
          {t('talkSum')} <Money units={costs.sum} />
        </span>
      </div>
      {isHearing && (
        <div className={styles.level}>
          <span aria-hidden="true">{t('level')}</span>
          <Meter label={t('level')} share={level} text={format.share(level)} />
        </div>
      )}
      <div className={styles.actions}>
        {isHearing && isPushToTalk && <HoldToTalk session={session} isOpen={isOpen} />}
        {isHearing && !isPushToTalk && (
          <Button
            icon={microphone === 'muted' ? <MicOff /> : <Mic />}
            aria-pressed={microphone === 'muted'}
            onClick={() => session.mute(microphone !== 'muted')}
          >
            {t('mute')}
          </Button>
        )}
        <Button icon={<Square />} aria-disabled={!isAnswering} onClick={() => session.stop()}>
          {t('stop')}
        </Button>
        <Button icon={<PhoneOff />} onClick={() => session.end()}>
          {t('talkEnd')}
        </Button>
      </div>
      <Written session={session} isOpen={isOpen} />
    </>
  );
}

function Written({ session, isOpen }: { readonly session: TalkSession; readonly isOpen: boolean }) {
  const t = useMessages('playground');
  const [draft, setDraft] = useState('');
  const canSend = isOpen && draft.trim() !== '';
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (!canSend) return;
    session.say(draft.trim());
    setDraft('');
  };
  return (
    <form onSubmit={onSubmit}>
      <TextField
        label={t('talkWrite')}
        value={draft}
        onChange={({ target }) => setDraft(target.value)}
        action={
          <Button type="submit" icon={<Send />} className={styles.send} aria-disabled={!canSend}>
            {t('send')}
          </Button>
        }
      />
    </form>
  );
}

/** Where the space key writes or presses something else. */
const takesSpace = 'input, textarea, select, button, a, summary, [contenteditable], [role="combobox"]';

/** A button that is held while the user speaks, by pointer or by the space key anywhere on the page. */
function HoldToTalk({ session, isOpen }: { readonly session: TalkSession; readonly isOpen: boolean }) {
  const t = useMessages('playground');
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    if (!isOpen) return undefined;
    const isOurs = ({ target }: Event) =>
      !(target instanceof Element) || target.closest('[data-hold]') !== null || !target.closest(takesSpace);
    const press = (event: KeyboardEvent | PointerEvent) => {
      if (event instanceof KeyboardEvent) {
        if (event.key !== ' ' || !isOurs(event)) return;
        event.preventDefault();
        if (event.repeat) return;
      } else if (!(event.target instanceof Element && event.target.closest('[data-hold]'))) return;
      setHeld(true);
      session.press();
    };
    const release = (event?: Event) => {
      if (event instanceof KeyboardEvent && event.key !== ' ') return;
      setHeld(false);
      session.release();
    };
    const leave = new AbortController();
    const { signal } = leave;
    addEventListener('keydown', press, { signal });
    addEventListener('pointerdown', press, { signal });
    for (const type of ['keyup', 'pointerup', 'pointercancel', 'blur'])
      addEventListener(type, release, { signal });
    return () => {
      leave.abort();
      release();
    };
  }, [session, isOpen]);
  return (
    <Button
      variant="primary"
      icon={<Mic />}
      className={styles.hold}
      data-hold
      aria-pressed={isHeld}
      aria-disabled={!isOpen}
    >
      {t(isHeld ? 'talkRelease' : 'talkHold')}
    </Button>
  );
}
