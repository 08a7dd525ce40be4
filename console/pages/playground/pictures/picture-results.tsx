/** What requests for pictures brought: the pictures while they are drawn and when they are done, cost, events. */
import { ExternalLink, Images } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { Callout } from '../../../components/callout.tsx';
import { EmptyState } from '../../../components/states.tsx';
import { useObjectUrl } from '../../../components/use-object-url.ts';
import { RunOutput } from '../../../features/model-request/run-output.tsx';
import { isRunning } from '../../../features/model-request/use-model-run.ts';
import { useMessages } from '../../../i18n/messages.ts';
import playgroundStyles from '../playground.module.css';
import { RawEvents } from '../raw-events.tsx';
import { RunFoot } from '../run-foot.tsx';
import soundStyles from '../sound.module.css';
import { DrawnTile } from './drawn-tile.tsx';
import styles from './pictures.module.css';
import type { Picture } from './read-pictures.ts';
import type { PictureRun } from './use-picture-run.ts';

const PictureDialog = lazy(async () => ({ default: (await import('./picture-dialog.tsx')).PictureDialog }));

interface PictureResultsProps {
  /** The newest first. */
  readonly runs: readonly PictureRun[];
  /** A picture is to be edited. */
  readonly onEdit: (files: readonly File[]) => void;
}

export function PictureResults({ runs, onEdit }: PictureResultsProps) {
  const t = useMessages('pictures');
  if (runs.length === 0) {
    return (
      <EmptyState icon={<Images aria-hidden="true" />} title={t('emptyTitle')}>
        {t('emptyText')}
      </EmptyState>
    );
  }
  return runs.map((run) => <PictureResult key={run.id} result={run} onEdit={onEdit} />);
}

interface PictureResultProps {
  readonly result: PictureRun;
  readonly onEdit: (files: readonly File[]) => void;
}

function PictureResult({ result, onEdit }: PictureResultProps) {
  const t = useMessages('pictures');
  const [opened, setOpened] = useState<number>();
  const { run, model, prompt, count, pictures, stage, unreadable } = result;
  const running = isRunning(run);
  const waiting = running ? Math.max(1, count - pictures.length) : 0;
  return (
    <section className={soundStyles.box} aria-label={t('resultOf', { prompt })}>
      <div>
        <h2 className={playgroundStyles.speaker}>
          <bdi>{model}</bdi>
        </h2>
        <p className={styles.prompt} dir="auto">
          {prompt}
        </p>
      </div>
      {pictures.length + waiting > 0 && (
        <ul className={styles.grid} aria-busy={running}>
          {pictures.map((picture, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: pictures are only ever added at the end.
            <li key={index} className={styles.tile}>
              <Tile
                picture={picture}
                prompt={prompt}
                number={index + 1}
                isOnly={count === 1 && pictures.length === 1}
                onOpen={() => setOpened(index)}
                onEdit={onEdit}
              />
            </li>
          ))}
          {Array.from({ length: waiting }, (_, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: places have no other name.
            <li key={`waiting-${index}`} className={styles.tile}>
              <WaitingTile stage={index === 0 ? stage : undefined} />
            </li>
          ))}
        </ul>
      )}
      {run.phase !== 'done' && run.phase !== 'streaming' && <RunOutput run={run} />}
      {run.phase === 'done' && pictures.length + unreadable === 0 && (
        <Callout tone="warn" title={t('nothingCame')} />
      )}
      {unreadable > 0 && <Callout tone="warn" title={t('unreadableCame', { count: unreadable })} />}
      <RunFoot run={run} />
      {run.eventCount > 0 && (
        <div>
          <RawEvents run={run} model={model} />
          {pictures.length > 0 && <p className={styles.hint}>{t('rawHint')}</p>}
        </div>
      )}
      {opened !== undefined && (
        <Suspense>
          <PictureDialog
            result={result}
            index={opened}
            onIndex={setOpened}
            onEdit={onEdit}
            onClose={() => setOpened(undefined)}
          />
        </Suspense>
      )}
    </section>
  );
}

interface TileProps {
  readonly picture: Picture;
  readonly prompt: string;
  /** From 1. */
  readonly number: number;
  readonly isOnly: boolean;
  readonly onOpen: () => void;
  readonly onEdit: (files: readonly File[]) => void;
}

function Tile({ picture, ...rest }: TileProps) {
  if (picture.blob) return <DrawnTile {...rest} picture={picture} />;
  return <LinkedTile link={picture.link} />;
}

/** The page loads nothing from elsewhere, so that its policy can forbid it: the viewer opens it, or not. */
function LinkedTile({ link }: { readonly link: string }) {
  const t = useMessages('pictures');
  return (
    <div className={styles.linked}>
      <p>{t('linked')}</p>
      <a href={link} target="_blank" rel="noreferrer noopener">
        <ExternalLink aria-hidden="true" /> <bdi>{hostOf(link)}</bdi>
      </a>
    </div>
  );
}

const hostOf = (link: string): string => URL.parse(link)?.host ?? link;

function WaitingTile({ stage }: { readonly stage: Blob | undefined }) {
  const t = useMessages('pictures');
  const address = useObjectUrl(stage);
  return (
    <div className={styles.waiting} data-blank={address === undefined || undefined}>
      {address !== undefined && <img src={address} alt={t('stage')} className={styles.image} />}
    </div>
  );
}
