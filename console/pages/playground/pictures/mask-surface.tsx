/** The picture with its mask over it, drawn on by pointer, touch or keys. */
import { type KeyboardEvent, type PointerEvent, useEffect, useId, useRef } from 'react';
import { announce } from '../../../components/announcer.tsx';
import { useObjectUrl } from '../../../components/use-object-url.ts';
import { useMessages } from '../../../i18n/messages.ts';
import type { InputPicture } from './input-files.ts';
import { paintMask, paintStroke, type Rectangle, type Stroke, selectedShare } from './mask.ts';
import styles from './pictures.module.css';
import type { MaskEditing } from './use-mask-editing.ts';

interface MaskSurfaceProps {
  readonly picture: InputPicture;
  readonly editing: MaskEditing;
  /** Gets the selected share of the picture, from 0 to 1, each time it may have changed. */
  readonly onShare: (share: number) => void;
}

const contextOf = (canvas: HTMLCanvasElement | null) =>
  canvas?.getContext('2d', { willReadFrequently: true }) ?? undefined;
/** Of the theme. */
const colorOf = (canvas: HTMLCanvasElement) => getComputedStyle(canvas).color;

export function MaskSurface({ picture, editing, onShare }: MaskSurfaceProps) {
  const t = useMessages('pictures');
  const { file, width, height } = picture;
  const { steps, tool, brush, rectangle } = editing;
  const address = useObjectUrl(file);
  const canvas = useRef<HTMLCanvasElement>(null);
  const cursor = useRef<HTMLSpanElement>(null);
  const keys = useId();
  useEffect(() => {
    const context = contextOf(canvas.current);
    if (!context) return;
    paintMask(context, steps, colorOf(context.canvas));
    onShare(selectedShare(context));
  }, [steps, onShare]);
  const onKeyDown = useRectangleKeys(picture, editing);
  const pointer = useDrawing(editing, canvas, cursor);
  return (
    <>
      <div
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is drawn on by keys too.
        tabIndex={0}
        aria-label={t('surface')}
        aria-describedby={keys}
        className={styles.surface}
        data-tool={tool}
        style={{ width: widthOf(picture) }}
        onKeyDown={onKeyDown}
        {...pointer}
      >
        <img src={address} alt="" draggable={false} className={styles.surfaceImage} />
        <canvas ref={canvas} width={width} height={height} className={styles.selection} />
        {tool === 'rectangle' ? (
          <span className={styles.rectangle} style={placeOf(rectangle, picture)} />
        ) : (
          <span
            ref={cursor}
            className={styles.cursor}
            style={{ width: `${(brush / width) * 100}%`, height: `${(brush / height) * 100}%` }}
          />
        )}
      </div>
      <p id={keys} className={styles.hint}>
        {t('surfaceKeys')}
      </p>
    </>
  );
}

/** A small picture is enlarged to be drawn on; a large one fits the page and is at most 32 rem tall. */
const widthOf = ({ width, height }: InputPicture) =>
  `min(100%, ${Math.max(width, 320)}px, ${(32 * width) / height}rem)`;

function placeOf({ x, y, width, height }: Rectangle, picture: InputPicture) {
  const percent = (part: number, whole: number) => `${(part / whole) * 100}%`;
  return {
    left: percent(x, picture.width),
    top: percent(y, picture.height),
    width: percent(width, picture.width),
    height: percent(height, picture.height),
  };
}

/** A press of a key moves by such a part of the shorter side. */
const keySteps = 32;
const directions: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

function useRectangleKeys({ width, height }: InputPicture, editing: MaskEditing) {
  const t = useMessages('pictures');
  const { rectangle, setRectangle, fill, undo, redo, setTool } = editing;
  const step = Math.max(1, Math.round(Math.min(width, height) / keySteps));
  const move = ([x, y]: readonly [number, number], isSizing: boolean) => {
    const by = { x: x * step, y: y * step };
    const next = isSizing
      ? { ...rectangle, width: rectangle.width + by.x, height: rectangle.height + by.y }
      : { ...rectangle, x: rectangle.x + by.x, y: rectangle.y + by.y };
    setRectangle(next);
    const { x: left, y: top, width: wide, height: tall } = next;
    announce(t('rectangleAt', { left, top, width: wide, height: tall }));
  };
  return (event: KeyboardEvent) => {
    const { key, shiftKey, ctrlKey, metaKey } = event;
    const direction = directions[key];
    if (direction) {
      setTool('rectangle');
      move(direction, shiftKey);
    } else if (key === 'Enter' || key === ' ') {
      fill(false);
      announce(t('selectedNow'));
    } else if (key === 'Delete' || key === 'Backspace') {
      fill(true);
      announce(t('deselectedNow'));
    } else if ((ctrlKey || metaKey) && key.toLowerCase() === 'z') {
      if (shiftKey) redo();
      else undo();
    } else return;
    event.preventDefault();
  };
}

/** Draws strokes, or the rectangle, with whatever points. */
function useDrawing(
  editing: MaskEditing,
  canvas: React.RefObject<HTMLCanvasElement | null>,
  cursor: React.RefObject<HTMLSpanElement | null>,
) {
  const stroke = useRef<Stroke>(undefined);
  const corner = useRef<{ x: number; y: number }>(undefined);
  const pointOf = ({ clientX, clientY }: PointerEvent) => {
    const own = canvas.current;
    if (own === null) return { x: 0, y: 0 };
    const box = own.getBoundingClientRect();
    return {
      x: ((clientX - box.left) / box.width) * own.width,
      y: ((clientY - box.top) / box.height) * own.height,
    };
  };
  const grow = (point: { x: number; y: number }) => {
    const context = contextOf(canvas.current);
    if (!stroke.current || !context) return;
    const points = [...stroke.current.points, point];
    stroke.current = { ...stroke.current, points };
    paintStroke(context, stroke.current, colorOf(context.canvas), Math.max(0, points.length - 2));
  };
  const moveCursor = (event: PointerEvent) => {
    const [own, mark] = [canvas.current, cursor.current];
    if (own === null || mark === null) return;
    const { x, y } = pointOf(event);
    mark.style.left = `${(x / own.width) * 100}%`;
    mark.style.top = `${(y / own.height) * 100}%`;
  };
  const end = () => {
    if (stroke.current) editing.add(stroke.current);
    stroke.current = undefined;
    corner.current = undefined;
  };
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0 || !event.isPrimary) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      const point = pointOf(event);
      if (editing.tool === 'rectangle') {
        corner.current = point;
        return;
      }
      stroke.current = {
        ...{ type: 'stroke', points: [], size: editing.brush },
        isErasing: editing.tool === 'eraser',
      };
      grow(point);
    },
    onPointerMove: (event: PointerEvent) => {
      moveCursor(event);
      const point = pointOf(event);
      if (stroke.current) grow(point);
      else if (corner.current) editing.setRectangle(between(corner.current, point));
    },
    onPointerUp: end,
    onPointerCancel: end,
  };
}

interface Corner {
  readonly x: number;
  readonly y: number;
}

const between = (one: Corner, other: Corner): Rectangle => ({
  x: Math.min(one.x, other.x),
  y: Math.min(one.y, other.y),
  width: Math.abs(one.x - other.x),
  height: Math.abs(one.y - other.y),
});
