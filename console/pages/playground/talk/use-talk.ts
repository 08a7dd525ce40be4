/** The session of the talk pane, and what the pane shows of it. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { announce } from '../../../components/announcer.tsx';
import type { RawEvent } from '../../../features/model-request/send-request.ts';
import { useMessages } from '../../../i18n/messages.ts';
import { emptyLog, type TalkLog, withEvent } from './talk-log.ts';
import { type MicrophoneState, TalkSession, type TalkSettings } from './talk-session.ts';

export interface Talk {
  readonly phase: 'idle' | 'connecting' | 'open' | 'ended';
  readonly microphone: MicrophoneState;
  readonly isPlaying: boolean;
  readonly log: TalkLog;
  readonly events: readonly RawEvent[];
  readonly eventCount: number;
  /** Why it ended: foreign text; '' = the connection broke; undefined = in order. */
  readonly endError: string | undefined;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** What it was opened with: the choice beside it may have changed. */
  readonly keyId: number | undefined;
  readonly model: string;
}

const noTalk: Talk = {
  phase: 'idle',
  microphone: 'off',
  isPlaying: false,
  log: emptyLog,
  events: [],
  eventCount: 0,
  endError: undefined,
  startedAt: 0,
  keyId: undefined,
  model: '',
};

const eventsKept = 500;
/** Sound in Base64 says nothing to a reader. */
const longText = /"(?:delta|audio)":"[A-Za-z0-9+/=]{200,}"/g;
const shortened = (text: string) =>
  text.replace(longText, (all) => `${all.slice(0, all.indexOf(':') + 1)}"… (${all.length})"`);

function withRaw(talk: Talk, direction: 'in' | 'out', event: unknown, text: string): Talk {
  const log = direction === 'in' ? withEvent(talk.log, event) : talk.log;
  const data = `${direction === 'in' ? '←' : '→'} ${shortened(text)}`;
  const atMs = Date.now() - talk.startedAt;
  const events = talk.events.length < eventsKept ? [...talk.events, { atMs, data }] : talk.events;
  return { ...talk, log, events, eventCount: talk.eventCount + 1 };
}

interface UseTalk {
  readonly talk: Talk;
  /** From 0 to 1. */
  readonly level: number;
  readonly session: TalkSession | undefined;
  readonly start: (settings: TalkSettings) => void;
}

export function useTalk(): UseTalk {
  const t = useMessages('playground');
  const [talk, setTalk] = useState(noTalk);
  const [level, setLevel] = useState(0);
  const [session, setSession] = useState<TalkSession>();
  const current = useRef<TalkSession>(undefined);
  // A page that is left must not listen on.
  useEffect(
    () => () => {
      current.current?.end();
      current.current = undefined;
    },
    [],
  );

  const start = useCallback(
    (settings: TalkSettings) => {
      current.current?.end();
      const { keyId, model } = settings;
      setTalk({ ...noTalk, phase: 'connecting', startedAt: Date.now(), keyId, model });
      const set = (change: Partial<Talk>) => setTalk((old) => ({ ...old, ...change }));
      const own = new TalkSession(settings, {
        onEvent: (direction, event, text) => setTalk((old) => withRaw(old, direction, event, text)),
        onOpen() {
          set({ phase: 'open' });
          announce(t('talkOpen'));
        },
        onEnd(endError) {
          set({ phase: 'ended', endError, isPlaying: false });
          setLevel(0);
          setSession(undefined);
          announce(t('talkEnded'));
        },
        onMicrophone: (microphone) => set({ microphone }),
        onLevel: setLevel,
        onPlaying: (isPlaying) => set({ isPlaying }),
      });
      current.current = own;
      setSession(own);
    },
    [t],
  );
  return { talk, level, session, start };
}
