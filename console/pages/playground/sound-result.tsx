/** What a request for speech or a transcription brought, and what it cost. */
import { RunOutput } from '../../features/model-request/run-output.tsx';
import type { ModelRun } from '../../features/model-request/use-model-run.ts';
import { useMessages } from '../../i18n/messages.ts';
import { RunFoot } from './run-foot.tsx';
import soundStyles from './sound.module.css';
import { SoundPlayer } from './sound-player.tsx';

interface SoundResultProps {
  readonly run: ModelRun;
  readonly sound: Blob | undefined;
}

export function SoundResult({ run, sound }: SoundResultProps) {
  const t = useMessages('playground');
  if (run.phase === 'idle') return null;
  return (
    <section className={soundStyles.box} aria-label={t('result')}>
      {sound && <SoundPlayer label={t('spoken')} sound={sound} />}
      {run.phase === 'done' && !sound && (
        // Subtitles are no Markdown.
        <p className={soundStyles.written} dir="auto">
          {run.text}
        </p>
      )}
      {run.phase !== 'done' && <RunOutput run={run} />}
      <RunFoot run={run} />
    </section>
  );
}
