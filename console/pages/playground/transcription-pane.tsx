/** Has a model write down a sound: a file, or what the microphone records. */
import { Captions, Mic, Square } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { Page } from '../../components/page.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { PaneHead, type PaneProps } from './pane-head.tsx';
import { PaneSettings, usePaneModel } from './pane-settings.tsx';
import styles from './playground.module.css';
import { SendOrStop } from './send-or-stop.tsx';
import soundStyles from './sound.module.css';
import { SoundPlayer } from './sound-player.tsx';
import { SoundResult } from './sound-result.tsx';
import { useRecorder } from './use-recorder.ts';
import { useSoundRun } from './use-sound-run.ts';

/** `json` is shown as its text. */
const formats = ['json', 'srt', 'vtt'] as const;
const formatNames = { json: 'formatText', srt: 'formatSrt', vtt: 'formatVtt' } as const;

export function TranscriptionPane(props: PaneProps) {
  const { search, keyId, change } = props;
  const t = useMessages('playground');
  const [file, setFile] = useState<File>();
  const [recordings, setRecordings] = useState(0);
  const recorder = useRecorder((recording) => {
    setFile(recording);
    setRecordings((count) => count + 1);
  });
  const chosen = usePaneModel(props, 'transcription');
  const { run, sound, isRunning, send, stop } = useSoundRun();
  const format = formats.find((each) => each === search.format) ?? 'json';
  const { model } = chosen;
  const canSend = model !== undefined && !isRunning && file !== undefined && recorder.state !== 'recording';
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (!canSend || keyId === undefined) return;
    const body = new FormData();
    body.append('model', model);
    body.append('response_format', format);
    body.append('file', file);
    send({ keyId, path: '/v1/audio/transcriptions', body });
  };
  return (
    <Page title={t('title')} description={t('description')}>
      <PaneHead {...props} />
      <div className={styles.layout}>
        <div className={styles.main}>
          <form className={soundStyles.box} onSubmit={onSubmit}>
            <TextField
              // A recording takes the place of the file, whose name must not stay.
              key={recordings}
              label={t('soundFile')}
              type="file"
              accept="audio/*,video/mp4,video/webm"
              onChange={({ target }) => setFile(target.files?.[0])}
            />
            {(recorder.state === 'refused' || recorder.state === 'missing') && (
              <Callout tone="warn" title={t(recorder.state)}>
                {t('microphoneHint')}
              </Callout>
            )}
            {file && <SoundPlayer label={t('toTranscribe', { name: file.name })} sound={file} />}
            <div className={soundStyles.actions}>
              <RecordButton {...recorder} />
              <SendOrStop
                label={t('transcribe')}
                icon={<Captions />}
                canSend={canSend}
                isRunning={isRunning}
                onStop={stop}
              />
            </div>
          </form>
          <SoundResult run={run} sound={sound} />
        </div>
        <PaneSettings {...props} {...chosen} pane="transcription">
          <SelectField
            label={t('format')}
            choices={formats.map((value) => ({ value, label: t(formatNames[value]) }))}
            value={format}
            onChange={(event) => change({ format: event.target.value })}
          />
        </PaneSettings>
      </div>
    </Page>
  );
}

function RecordButton({ state, start, stop }: ReturnType<typeof useRecorder>) {
  const t = useMessages('playground');
  return state === 'recording' ? (
    <Button icon={<Square />} onClick={stop}>
      {t('recordEnd')}
    </Button>
  ) : (
    <Button icon={<Mic />} onClick={start} busy={state === 'starting'}>
      {t('record')}
    </Button>
  );
}
