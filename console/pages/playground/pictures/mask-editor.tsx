/** Where the mask of a picture is drawn: what is selected is drawn anew by the model, the rest stays. */
import { FlipVertical2, Redo2, Trash2, Undo2 } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Segments } from '../../../components/segments.tsx';
import { format } from '../../../format/format.ts';
import { useMessages } from '../../../i18n/messages.ts';
import type { InputPicture } from './input-files.ts';
import type { MaskStep, Rectangle } from './mask.ts';
import { MaskSurface } from './mask-surface.tsx';
import styles from './pictures.module.css';
import { type MaskEditing, maskTools, useMaskEditing } from './use-mask-editing.ts';

interface MaskEditorProps {
  readonly picture: InputPicture;
  readonly steps: readonly MaskStep[];
  readonly onSteps: (steps: readonly MaskStep[]) => void;
}

export function MaskEditor({ picture, steps, onSteps }: MaskEditorProps) {
  const t = useMessages('pictures');
  const editing = useMaskEditing(picture, steps, onSteps);
  const [share, setShare] = useState(0);
  const { tool, setTool, add, undo, canUndo, redo, canRedo } = editing;
  const action = (
    label: 'undo' | 'redo' | 'invert' | 'clearMask',
    icon: ReactNode,
    run: () => void,
    can = true,
  ) => (
    <Button size="sm" variant="ghost" icon={icon} disabled={!can} onClick={run}>
      {t(label)}
    </Button>
  );
  return (
    <section className={styles.mask} aria-label={t('mask')}>
      <p className={styles.hint}>{t('maskHint')}</p>
      <div className={styles.tools}>
        <Segments
          label={t('tool')}
          choices={maskTools.map((value) => ({ value, label: t(value) }))}
          value={tool}
          onChange={setTool}
        />
        <div className={styles.actions}>
          {action('undo', <Undo2 />, undo, canUndo)}
          {action('redo', <Redo2 />, redo, canRedo)}
          {action('invert', <FlipVertical2 />, () => add({ type: 'invert' }))}
          {action('clearMask', <Trash2 />, () => add({ type: 'clear' }), canUndo)}
        </div>
      </div>
      {tool === 'rectangle' ? <RectangleFields editing={editing} /> : <BrushSize editing={editing} />}
      <MaskSurface picture={picture} editing={editing} onShare={setShare} />
      <p className={styles.hint}>{t('selected', { share: format.share(share) })}</p>
    </section>
  );
}

function BrushSize({ editing: { brush, brushMax, setBrush } }: { readonly editing: MaskEditing }) {
  const t = useMessages('pictures');
  const id = useId();
  return (
    <div className={styles.brush}>
      <label htmlFor={id}>{t('brushSize')}</label>
      <input
        id={id}
        type="range"
        min={1}
        max={brushMax}
        value={brush}
        aria-valuetext={t('pixels', { count: brush })}
        onChange={({ target }) => setBrush(target.valueAsNumber)}
      />
      <output htmlFor={id}>{t('pixels', { count: brush })}</output>
    </div>
  );
}

const sides = ['x', 'y', 'width', 'height'] as const satisfies readonly (keyof Rectangle)[];

/** The rectangle by numbers and buttons, for who has no pointer to draw with. */
function RectangleFields({ editing }: { readonly editing: MaskEditing }) {
  const t = useMessages('pictures');
  const { rectangle, setRectangle, fill } = editing;
  const id = useId();
  return (
    <div className={styles.rectangleFields}>
      {sides.map((side) => (
        <div key={side} className={styles.side}>
          <label htmlFor={`${id}-${side}`}>{t(`rectangle_${side}`)}</label>
          <input
            id={`${id}-${side}`}
            type="number"
            min={side === 'x' || side === 'y' ? 0 : 1}
            value={rectangle[side]}
            onChange={({ target }) => {
              if (!Number.isNaN(target.valueAsNumber))
                setRectangle({ ...rectangle, [side]: target.valueAsNumber });
            }}
          />
        </div>
      ))}
      <div className={styles.actions}>
        <Button size="sm" onClick={() => fill(false)}>
          {t('select')}
        </Button>
        <Button size="sm" onClick={() => fill(true)}>
          {t('deselect')}
        </Button>
      </div>
    </div>
  );
}
