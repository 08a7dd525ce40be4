/** One picture of a response, with what can be done with it. */
import { Download, Maximize2, Pencil } from 'lucide-react';
import { Button, buttonClass } from '../../../components/button.tsx';
import { useObjectUrl } from '../../../components/use-object-url.ts';
import { useMessages } from '../../../i18n/messages.ts';
import { pictureName } from './picture-kinds.ts';
import styles from './pictures.module.css';
import type { DrawnPicture } from './read-pictures.ts';

interface DrawnTileProps {
  readonly picture: DrawnPicture;
  readonly prompt: string;
  /** From 1. */
  readonly number: number;
  readonly isOnly: boolean;
  readonly onOpen: () => void;
  readonly onEdit: (files: readonly File[]) => void;
}

export function DrawnTile({ picture, prompt, number, isOnly, onOpen, onEdit }: DrawnTileProps) {
  const t = useMessages('pictures');
  const address = useObjectUrl(picture.blob);
  return (
    <>
      <button type="button" className={styles.open} aria-label={t('open', { number })} onClick={onOpen}>
        <img src={address} alt={t('pictureOf', { number, prompt })} className={styles.image} />
        <span className={styles.openMark} aria-hidden="true">
          <Maximize2 />
        </span>
      </button>
      <PictureActions
        picture={picture}
        address={address}
        name={pictureName(prompt, picture.kind, isOnly ? undefined : number)}
        number={number}
        onEdit={onEdit}
      />
    </>
  );
}

interface PictureActionsProps {
  readonly picture: DrawnPicture;
  /** Undefined while there is none. */
  readonly address: string | undefined;
  /** Of the file. */
  readonly name: string;
  readonly number: number;
  readonly onEdit: (files: readonly File[]) => void;
}

export function PictureActions({ picture, address, name, number, onEdit }: PictureActionsProps) {
  const t = useMessages('pictures');
  const { blob, kind } = picture;
  return (
    <div className={styles.actions}>
      <a
        className={buttonClass({ size: 'sm' })}
        href={address}
        download={name}
        aria-label={t('downloadOf', { number })}
      >
        <Download aria-hidden="true" />
        {t('download')}
      </a>
      <Button
        size="sm"
        icon={<Pencil />}
        aria-label={t('editOf', { number })}
        onClick={() => onEdit([new File([blob], name, { type: kind.type })])}
      >
        {t('useForEdit')}
      </Button>
    </div>
  );
}
