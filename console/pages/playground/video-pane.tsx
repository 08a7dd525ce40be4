/** Has a model make a video: a job, which goes on when the page is left. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Clapperboard, Code } from 'lucide-react';
import { type FormEvent, lazy, Suspense, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { SelectField, TextAreaField, TextField } from '../../components/field.tsx';
import { Page } from '../../components/page.tsx';
import { Skeleton } from '../../components/states.tsx';
import { tasksKey } from '../../features/jobs/job.ts';
import { useMessages } from '../../i18n/messages.ts';
import { PaneHead, type PaneProps } from './pane-head.tsx';
import { PaneSettings, usePaneModel } from './pane-settings.tsx';
import styles from './playground.module.css';
import { RecentVideos } from './recent-videos.tsx';
import soundStyles from './sound.module.css';
import { SubmitError, submitVideo } from './submit-video.ts';
import { VideoJob } from './video-job.tsx';

const VideoCodeSheet = lazy(async () => ({
  default: (await import('./video-code-sheet.tsx')).VideoCodeSheet,
}));

/** What OpenAI's shape allows: https://platform.openai.com/docs/api-reference/videos/create */
const lengths = ['4', '8', '12'] as const;
const portrait = ['720x1280', '1024x1792'] as const;
const landscape = ['1280x720', '1792x1024'] as const;

export function VideoPane(props: PaneProps) {
  const { search, keyId, change } = props;
  const t = useMessages('playground');
  const queryClient = useQueryClient();
  const [prompt, setPrompt] = useState('');
  const [picture, setPicture] = useState<File>();
  const [isCodeOpen, setCodeOpen] = useState(false);
  const chosen = usePaneModel(props, 'video');
  const { model } = chosen;
  const seconds = search.seconds ?? lengths[0];
  const size = search.size ?? portrait[0];
  const submit = useMutation({
    mutationFn: submitVideo,
    onSuccess: (job) => {
      change({ job });
      return queryClient.invalidateQueries({ queryKey: tasksKey });
    },
  });
  const canSend = model !== undefined && prompt.trim() !== '' && !submit.isPending;
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (!canSend || keyId === undefined) return;
    submit.mutate({ keyId, fields: { model, prompt, seconds, size }, picture });
  };
  return (
    <Page
      title={t('title')}
      description={t('description')}
      actions={
        <Button icon={<Code />} onClick={() => setCodeOpen(true)} disabled={model === undefined}>
          {t('showCode')}
        </Button>
      }
    >
      <PaneHead {...props} />
      <div className={styles.layout}>
        <div className={styles.main}>
          <form className={soundStyles.box} onSubmit={onSubmit}>
            <TextAreaField
              label={t('videoPrompt')}
              rows={4}
              value={prompt}
              onChange={(event) => setPrompt(event.target.value)}
            />
            <TextField
              label={t('inputPicture')}
              hint={t('inputPictureHint')}
              optional
              type="file"
              accept="image/jpeg,image/png,image/webp"
              onChange={({ target }) => setPicture(target.files?.[0])}
            />
            {submit.error instanceof SubmitError && (
              <Callout tone="danger" title={t('failed', { status: submit.error.status })}>
                <bdi className={soundStyles.written}>{submit.error.text || t('connectionLost')}</bdi>
              </Callout>
            )}
            <div className={styles.composerActions}>
              <Button
                type="submit"
                variant="primary"
                icon={<Clapperboard />}
                busy={submit.isPending}
                aria-disabled={!canSend}
              >
                {t('makeVideo')}
              </Button>
            </div>
          </form>
          {search.job !== undefined && (
            <VideoJob key={search.job} id={search.job} onGone={() => change({ job: undefined })} />
          )}
          <RecentVideos shown={search.job} />
        </div>
        <PaneSettings {...props} {...chosen} pane="video">
          <SelectField
            label={t('seconds')}
            choices={lengths.map((value) => ({ value, label: value }))}
            value={seconds}
            onChange={(event) => change({ seconds: event.target.value })}
          />
          <SelectField
            label={t('size')}
            choices={[
              ...portrait.map((value) => ({ value, label: t('portraitSize', { size: shownSize(value) }) })),
              ...landscape.map((value) => ({ value, label: t('landscapeSize', { size: shownSize(value) }) })),
            ]}
            value={size}
            onChange={(event) => change({ size: event.target.value })}
          />
        </PaneSettings>
      </div>
      {isCodeOpen && (
        <Suspense fallback={<Skeleton height={1} />}>
          <VideoCodeSheet
            fields={{ model: model ?? '', prompt: prompt.trim() || t('videoPrompt'), seconds, size }}
            onClose={() => setCodeOpen(false)}
          />
        </Suspense>
      )}
    </Page>
  );
}

const shownSize = (size: string): string => size.replace('x', ' × ');
