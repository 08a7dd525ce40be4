/** Where pictures to be edited are chosen, dropped, shown and masked. */
import { Brush, ImagePlus, X } from 'lucide-react';
import { lazy, Suspense, useId, useRef, useState } from 'react';
import { Button, IconButton } from '../../../components/button.tsx';
import { Callout } from '../../../components/callout.tsx';
import { Skeleton } from '../../../components/states.tsx';
import { useObjectUrl } from '../../../components/use-object-url.ts';
import { useMessages } from '../../../i18n/messages.ts';
import { type InputPicture, inputMegabytesMax, inputsMax, inputTypes } from './input-files.ts';
import { maskPixelsMax } from './mask.ts';
import styles from './pictures.module.css';
import type { UseInputs } from './use-inputs.ts';

const loadGuard = () => import('./mask-guard.tsx');

// The guard is there before anything is drawn.
const MaskEditor = lazy(async () => {
  const [editor] = await Promise.all([import('./mask-editor.tsx'), loadGuard()]);
  return { default: editor.MaskEditor };
});

const MaskGuard = lazy(async () => ({ default: (await loadGuard()).MaskGuard }));

/** The files that were dropped or pasted. */
export const filesIn = (data: DataTransfer): readonly File[] => [...data.files];

export function PictureInputs({ inputs }: { readonly inputs: UseInputs }) {
  const t = useMessages('pictures');
  const { pictures, refused, add, remove, steps, setSteps, isUnsent } = inputs;
  const [first] = pictures;
  const [isMaskOpen, setMaskOpen] = useState(false);
  return (
    <fieldset className={styles.inputs}>
      <legend>{t('inputs')}</legend>
      <AddPictures hasPictures={pictures.length > 0} onAdd={add} />
      {refused.length > 0 && (
        <Callout tone="warn" title={t('refusedTitle')}>
          <ul>
            {refused.map(({ name, fault }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: files may have one name, and the list never changes its order.
              <li key={index}>
                <bdi>{name}</bdi>
                {': '}
                {t(fault, { megabytes: inputMegabytesMax, count: inputsMax })}
              </li>
            ))}
          </ul>
        </Callout>
      )}
      {pictures.length > 0 && (
        <ul className={styles.thumbnails}>
          {pictures.map((picture) => (
            <Thumbnail key={picture.id} picture={picture} onRemove={() => remove(picture.id)} />
          ))}
        </ul>
      )}
      {first && (
        <div>
          <Button
            size="sm"
            icon={<Brush />}
            aria-expanded={isMaskOpen}
            onClick={() => setMaskOpen(!isMaskOpen)}
          >
            {t(isMaskOpen ? 'maskClose' : steps.length > 0 ? 'maskChange' : 'maskOpen')}
          </Button>
        </div>
      )}
      {first && isMaskOpen && first.width * first.height > maskPixelsMax && (
        <Callout tone="warn" title={t('maskTooLarge', { megapixels: Math.floor(maskPixelsMax / 1e6) })} />
      )}
      {first && isMaskOpen && first.width * first.height <= maskPixelsMax && (
        <Suspense fallback={<Skeleton height={20} />}>
          <MaskEditor key={first.id} picture={first} steps={steps} onSteps={setSteps} />
        </Suspense>
      )}
      {(isMaskOpen || isUnsent) && (
        <Suspense>
          <MaskGuard isDirty={isUnsent} />
        </Suspense>
      )}
    </fieldset>
  );
}

interface AddPicturesProps {
  readonly hasPictures: boolean;
  readonly onAdd: (files: readonly File[]) => void;
}

/** The whole form takes drops; this is where one sees it. */
function AddPictures({ hasPictures, onAdd }: AddPicturesProps) {
  const t = useMessages('pictures');
  const input = useRef<HTMLInputElement>(null);
  const hint = useId();
  return (
    <div className={styles.add}>
      <Button icon={<ImagePlus />} aria-describedby={hint} onClick={() => input.current?.click()}>
        {t(hasPictures ? 'addMore' : 'add')}
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept={inputTypes.join(',')}
        aria-label={t('add')}
        onChange={({ target }) => {
          onAdd([...(target.files ?? [])]);
          // The same file may be chosen again after it was removed.
          target.value = '';
        }}
      />
      <p id={hint} className={styles.hint}>
        {t('addHint', { count: inputsMax, megabytes: inputMegabytesMax })}
      </p>
    </div>
  );
}

interface ThumbnailProps {
  readonly picture: InputPicture;
  readonly onRemove: () => void;
}

function Thumbnail({ picture: { file, width, height }, onRemove }: ThumbnailProps) {
  const t = useMessages('pictures');
  const address = useObjectUrl(file);
  return (
    <li className={styles.thumbnail}>
      <img src={address} alt="" className={styles.thumbnailImage} />
      <span className={styles.thumbnailText}>
        <bdi title={file.name}>{file.name}</bdi>
        <span className={styles.hint}>{t('dimensions', { width, height })}</span>
      </span>
      <IconButton label={t('remove', { name: file.name })} icon={<X />} size="sm" onClick={onRemove} />
    </li>
  );
}
