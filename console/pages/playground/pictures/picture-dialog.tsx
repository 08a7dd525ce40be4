/** A picture of a response at its full size. */
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { SwitchField } from '../../../components/toggle.tsx';
import { useObjectUrl } from '../../../components/use-object-url.ts';
import { useMessages } from '../../../i18n/messages.ts';
import { PictureActions } from './drawn-tile.tsx';
import { pictureName } from './picture-kinds.ts';
import styles from './pictures.module.css';
import { isDrawn } from './read-pictures.ts';
import type { PictureRun } from './use-picture-run.ts';

interface PictureDialogProps {
  readonly result: PictureRun;
  /** Of its pictures; one that is drawn. */
  readonly index: number;
  readonly onIndex: (index: number) => void;
  readonly onEdit: (files: readonly File[]) => void;
  readonly onClose: () => void;
}

export function PictureDialog({ result, index, onIndex, onEdit, onClose }: PictureDialogProps) {
  const t = useMessages('pictures');
  const { prompt, pictures } = result;
  const [isActual, setActual] = useState(false);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const picture = pictures.filter(isDrawn).find((each) => each === pictures[index]);
  const address = useObjectUrl(picture?.blob);
  if (!picture) return null;
  const number = index + 1;
  const shown = pictures.flatMap((each, at) => (isDrawn(each) ? at : []));
  const before = shown.findLast((at) => at < index);
  const after = shown.find((at) => at > index);
  const { width, height } = size;
  return (
    <Dialog
      wide
      open
      onClose={onClose}
      title={t('pictureNumber', { number, count: pictures.length })}
      description={
        <>
          {width > 0 && `${t('dimensions', { width, height })} · `}
          {picture.kind.extension.toUpperCase()}
        </>
      }
      footer={
        <>
          {shown.length > 1 && (
            <>
              <Button
                icon={<ChevronLeft />}
                disabled={before === undefined}
                onClick={() => before !== undefined && onIndex(before)}
              >
                {t('previous')}
              </Button>
              <Button
                icon={<ChevronRight />}
                disabled={after === undefined}
                onClick={() => after !== undefined && onIndex(after)}
              >
                {t('next')}
              </Button>
            </>
          )}
          <PictureActions
            picture={picture}
            address={address}
            name={pictureName(prompt, picture.kind, pictures.length === 1 ? undefined : number)}
            number={number}
            onEdit={(files) => {
              onEdit(files);
              onClose();
            }}
          />
        </>
      }
    >
      <SwitchField label={t('actualSize')} checked={isActual} onChange={setActual} />
      <section
        className={styles.frame}
        data-actual={isActual || undefined}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a large picture scrolls, so its frame must take the focus.
        tabIndex={0}
        aria-label={t('frame')}
      >
        <img
          src={address}
          alt={t('pictureOf', { number, prompt })}
          className={styles.full}
          onLoad={({ currentTarget }) =>
            setSize({ width: currentTarget.naturalWidth, height: currentTarget.naturalHeight })
          }
        />
      </section>
      {picture.revisedPrompt !== '' && (
        <p className={styles.prompt}>
          <strong>{t('revisedPrompt')}</strong> <bdi>{picture.revisedPrompt}</bdi>
        </p>
      )}
    </Dialog>
  );
}
