/** Has a model draw pictures from a prompt, or edit pictures of the user's. */
import { Code, Eraser, WandSparkles } from 'lucide-react';
import { type FormEvent, lazy, Suspense, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Callout } from '../../../components/callout.tsx';
import { TextAreaField } from '../../../components/field.tsx';
import { Page } from '../../../components/page.tsx';
import { useMessages } from '../../../i18n/messages.ts';
import { PaneHead, type PaneProps } from '../pane-head.tsx';
import { PaneSettings, usePaneModel } from '../pane-settings.tsx';
import styles from '../playground.module.css';
import { SendOrStop } from '../send-or-stop.tsx';
import soundStyles from '../sound.module.css';
import { filesIn, PictureInputs } from './picture-inputs.tsx';
import { editsPath, generationsPath, pictureFields, pictureForm } from './picture-request.ts';
import { PictureResults } from './picture-results.tsx';
import { optionsIn, PictureSettings } from './picture-settings.tsx';
import { type UseInputs, useInputs } from './use-inputs.ts';
import { usePictureRun } from './use-picture-run.ts';

const PictureCode = lazy(async () => ({ default: (await import('./picture-code.tsx')).PictureCode }));

export function PicturePane(props: PaneProps) {
  const { search, keyId } = props;
  const t = useMessages('pictures');
  const playground = useMessages('playground');
  const [prompt, setPrompt] = useState('');
  const [isCodeOpen, setCodeOpen] = useState(false);
  const chosen = usePaneModel(props, 'picture');
  const { model } = chosen;
  const inputs = useInputs();
  const { runs, isRunning, send, stop, clear } = usePictureRun();
  const [hasFailed, setFailed] = useState(false);
  const isEdit = inputs.pictures.length > 0;
  const options = optionsIn(search, model ?? '', prompt.trim());
  const canSend = model !== undefined && keyId !== undefined && !isRunning && options.prompt !== '';

  const submit = async () => {
    if (!canSend) return;
    const common = { keyId, model, prompt: options.prompt, count: options.count };
    setFailed(false);
    if (!isEdit) return send({ ...common, path: generationsPath, body: pictureFields(options) });
    try {
      const files = await inputs.files();
      send({ ...common, path: editsPath, body: pictureForm(options, files) });
      inputs.markSent();
    } catch {
      setFailed(true);
    }
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    void submit();
  };
  return (
    <Page
      title={playground('title')}
      description={playground('description')}
      actions={
        <>
          <Button icon={<Eraser />} onClick={clear} disabled={runs.length === 0}>
            {playground('clear')}
          </Button>
          <Button icon={<Code />} onClick={() => setCodeOpen(true)} disabled={model === undefined}>
            {playground('showCode')}
          </Button>
        </>
      }
    >
      <PaneHead {...props} />
      <div className={styles.layout}>
        <div className={styles.main}>
          <form className={soundStyles.box} onSubmit={onSubmit} {...takingFiles(inputs)}>
            <TextAreaField
              label={t(isEdit ? 'promptOfEdit' : 'prompt')}
              placeholder={t('promptPlaceholder')}
              rows={4}
              value={prompt}
              onChange={(event) => setPrompt(event.target.value)}
              onKeyDown={(event) => {
                if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
                event.preventDefault();
                void submit();
              }}
            />
            <PictureInputs inputs={inputs} />
            {hasFailed && <Callout tone="danger" title={t('maskFailed')} />}
            <div className={styles.composerActions}>
              <SendOrStop
                label={t(isEdit ? 'edit' : 'generate')}
                icon={<WandSparkles />}
                canSend={canSend}
                isRunning={isRunning}
                onStop={stop}
              />
            </div>
          </form>
          <PictureResults runs={runs} onEdit={inputs.add} />
        </div>
        <PaneSettings {...props} {...chosen} pane="picture">
          <PictureSettings {...props} model={model} />
        </PaneSettings>
      </div>
      {isCodeOpen && (
        <Suspense>
          <PictureCode
            options={options.prompt === '' ? { ...options, prompt: t('examplePrompt') } : options}
            inputs={inputs.pictures.map(({ file }) => file.name)}
            hasMask={inputs.steps.length > 0}
            onClose={() => setCodeOpen(false)}
          />
        </Suspense>
      )}
    </Page>
  );
}

/** Pictures that are dropped or pasted anywhere in the form are taken; texts go where they always go. */
function takingFiles({ add }: UseInputs) {
  const take = (event: { preventDefault(): void }, data: DataTransfer) => {
    const files = filesIn(data);
    if (files.length === 0) return;
    event.preventDefault();
    add(files);
  };
  return {
    onDragOver: (event: React.DragEvent) => {
      if (event.dataTransfer.types.includes('Files')) event.preventDefault();
    },
    onDrop: (event: React.DragEvent) => take(event, event.dataTransfer),
    onPaste: (event: React.ClipboardEvent) => take(event, event.clipboardData),
  };
}
