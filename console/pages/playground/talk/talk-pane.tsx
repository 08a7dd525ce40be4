/** Talks with a realtime model, by microphone or in writing. */
import { useQuery } from '@tanstack/react-query';
import { Mic } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Callout } from '../../../components/callout.tsx';
import { SelectField, TextAreaField, TextField } from '../../../components/field.tsx';
import { Page } from '../../../components/page.tsx';
import { SwitchField } from '../../../components/toggle.tsx';
import { keyModelsQuery } from '../../../features/key-picker/model-queries.ts';
import { useMessages } from '../../../i18n/messages.ts';
import { PaneHead, type PaneProps } from '../pane-head.tsx';
import { PaneSettings, usePaneModel } from '../pane-settings.tsx';
import styles from '../playground.module.css';
import { RawEvents } from '../raw-events.tsx';
import soundStyles from '../sound.module.css';
import { TalkControls } from './talk-controls.tsx';
import { useTalkCosts } from './talk-costs.ts';
import { TalkTranscript } from './talk-transcript.tsx';
import { type Talk, useTalk } from './use-talk.ts';

/** In the address, where no model writes down what the user says. */
const noTranscriber = 'off';

/** The models that may write down what the user says; the first of them does unless the address says otherwise. */
function useTranscribers({ search, keyId }: PaneProps): {
  readonly choices: readonly string[];
  readonly transcriber: string | undefined;
} {
  const listed = useQuery({
    ...keyModelsQuery(keyId ?? 0, '', 'transcription'),
    enabled: keyId !== undefined,
  });
  const choices = listed.isPlaceholderData ? [] : (listed.data?.items.map(({ id }) => id) ?? []);
  const chosen = choices.find((id) => id === search.transcriber) ?? choices[0];
  return { choices, transcriber: search.transcriber === noTranscriber ? undefined : chosen };
}

export function TalkPane(props: PaneProps) {
  const { search, keyId } = props;
  const t = useMessages('playground');
  const [instructions, setInstructions] = useState('');
  const chosen = usePaneModel(props, 'realtime');
  const { transcriber, choices } = useTranscribers(props);
  const { talk, level, session, start } = useTalk();
  const costs = useTalkCosts(talk.keyId, talk.startedAt, talk.log.charged);
  const { model } = chosen;
  const isPushToTalk = search.push === true;
  const connect = () => {
    if (keyId === undefined || model === undefined) return;
    start({ keyId, model, voice: search.voice ?? '', instructions, transcriber, isPushToTalk });
  };
  return (
    <Page title={t('title')} description={t('description')}>
      <PaneHead {...props} />
      <div className={styles.layout}>
        <div className={styles.main}>
          <section className={soundStyles.box} aria-label={t('realtime')}>
            {session ? (
              <TalkControls
                talk={talk}
                level={level}
                session={session}
                isPushToTalk={isPushToTalk}
                costs={costs}
              />
            ) : (
              <>
                <p className={styles.muted}>{t('talkHint')}</p>
                <div className={soundStyles.actions}>
                  <Button
                    variant="primary"
                    icon={<Mic />}
                    aria-disabled={model === undefined || keyId === undefined}
                    onClick={connect}
                  >
                    {t(talk.phase === 'ended' ? 'talkAgain' : 'talkStart')}
                  </Button>
                </div>
              </>
            )}
            <Trouble talk={talk} />
          </section>
          <TalkTranscript talk={talk} costs={costs} session={session} />
          {talk.eventCount > 0 && <RawEvents run={talk} model={talk.model} />}
        </div>
        <PaneSettings {...props} {...chosen} pane="realtime">
          <TalkSettingsFields
            {...props}
            isFixed={session !== undefined}
            choices={choices}
            transcriber={transcriber}
            instructions={instructions}
            onInstructions={setInstructions}
          />
        </PaneSettings>
      </div>
    </Page>
  );
}

/** Why it ended, what went wrong meanwhile, and a microphone that is not there. */
function Trouble({ talk: { phase, endError, microphone, log } }: { readonly talk: Talk }) {
  const t = useMessages('playground');
  return (
    <>
      {phase === 'ended' && endError !== undefined && (
        <Callout tone="danger" title={t('talkBroken')}>
          {endError === '' ? t('connectionLost') : <bdi>{endError}</bdi>}
        </Callout>
      )}
      {phase !== 'ended' && log.error !== '' && (
        <Callout tone="warn" title={t('talkError')}>
          <bdi>{log.error}</bdi>
        </Callout>
      )}
      {(microphone === 'refused' || microphone === 'missing') && (
        <Callout tone="warn" title={t(microphone)}>
          {t('talkMicrophoneHint')}
        </Callout>
      )}
    </>
  );
}

interface TalkSettingsProps extends PaneProps {
  /** While a session runs. */
  readonly isFixed: boolean;
  readonly choices: readonly string[];
  readonly transcriber: string | undefined;
  readonly instructions: string;
  readonly onInstructions: (instructions: string) => void;
}

function TalkSettingsFields(props: TalkSettingsProps) {
  const { search, change, isFixed, choices, transcriber, instructions, onInstructions } = props;
  const t = useMessages('playground');
  const [voice, setVoice] = useState(search.voice ?? '');
  return (
    <>
      <TextField
        label={t('voice')}
        optional
        disabled={isFixed}
        value={voice}
        onChange={({ target }) => {
          setVoice(target.value);
          change({ voice: target.value === '' ? undefined : target.value });
        }}
      />
      <SelectField
        label={t('transcriber')}
        disabled={isFixed}
        choices={[
          { value: noTranscriber, label: t('transcriberNone') },
          ...choices.map((value) => ({ value, label: value })),
        ]}
        value={transcriber ?? noTranscriber}
        onChange={({ target }) => change({ transcriber: target.value })}
      />
      <SwitchField
        label={t('pushToTalk')}
        hint={t('pushToTalkHint')}
        disabled={isFixed}
        checked={search.push === true}
        onChange={(isOn) => change({ push: isOn || undefined })}
      />
      <TextAreaField
        label={t('instructions')}
        optional
        rows={4}
        disabled={isFixed}
        value={instructions}
        onChange={({ target }) => onInstructions(target.value)}
      />
    </>
  );
}
