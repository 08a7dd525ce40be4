/** Has a model speak a text. */
import { Volume2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { SelectField, TextAreaField, TextField } from '../../components/field.tsx';
import { Page } from '../../components/page.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { PaneHead, type PaneProps } from './pane-head.tsx';
import { PaneSettings, usePaneModel } from './pane-settings.tsx';
import styles from './playground.module.css';
import { SendOrStop } from './send-or-stop.tsx';
import soundStyles from './sound.module.css';
import { SoundResult } from './sound-result.tsx';
import { useSoundRun } from './use-sound-run.ts';

const defaultVoice = 'alloy';
/** What browsers play. */
const formats = ['wav', 'mp3', 'opus', 'aac', 'flac'] as const;

export function SpeechPane(props: PaneProps) {
  const { search, keyId, change } = props;
  const t = useMessages('playground');
  const [input, setInput] = useState('');
  const [voice, setVoice] = useState(search.voice ?? defaultVoice);
  const chosen = usePaneModel(props, 'speech');
  const { run, sound, isRunning, send, stop } = useSoundRun();
  const format = search.format ?? formats[0];
  const canSend = chosen.model !== undefined && !isRunning && input.trim() !== '';
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (!canSend || keyId === undefined) return;
    const body = { model: chosen.model, input, voice, response_format: format };
    send({ keyId, path: '/v1/audio/speech', body });
  };
  return (
    <Page title={t('title')} description={t('description')}>
      <PaneHead {...props} />
      <div className={styles.layout}>
        <div className={styles.main}>
          <form className={soundStyles.box} onSubmit={onSubmit}>
            <TextAreaField
              label={t('textToSpeak')}
              rows={6}
              value={input}
              onChange={(event) => setInput(event.target.value)}
            />
            <div className={styles.composerActions}>
              <SendOrStop
                label={t('speak')}
                icon={<Volume2 />}
                canSend={canSend}
                isRunning={isRunning}
                onStop={stop}
              />
            </div>
          </form>
          <SoundResult run={run} sound={sound} />
        </div>
        <PaneSettings {...props} {...chosen} pane="speech">
          <TextField
            label={t('voice')}
            value={voice}
            onChange={({ target }) => {
              setVoice(target.value);
              change({ voice: target.value === '' ? undefined : target.value });
            }}
          />
          <SelectField
            label={t('format')}
            choices={formats.map((value) => ({ value, label: value.toUpperCase() }))}
            value={format}
            onChange={(event) => change({ format: event.target.value })}
          />
        </PaneSettings>
      </div>
    </Page>
  );
}
