/** A mask as the list of what was done to it, in pixels of its picture; painted on any canvas of that size. */

interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Rectangle extends Point {
  readonly width: number;
  readonly height: number;
}

export interface Stroke {
  readonly type: 'stroke';
  readonly isErasing: boolean;
  /** The diameter of the brush. */
  readonly size: number;
  /** At least one. */
  readonly points: readonly Point[];
}

export type MaskStep =
  | Stroke
  | { readonly type: 'rectangle'; readonly isErasing: boolean; readonly rectangle: Rectangle }
  | { readonly type: 'invert' }
  | { readonly type: 'clear' };

/** Larger canvases do not exist in every browser. */
export const maskPixelsMax = 16_777_216;

type Context = Pick<
  CanvasRenderingContext2D,
  | 'beginPath'
  | 'clearRect'
  | 'fillRect'
  | 'lineTo'
  | 'moveTo'
  | 'stroke'
  | 'save'
  | 'restore'
  | 'globalCompositeOperation'
  | 'lineCap'
  | 'lineJoin'
  | 'lineWidth'
  | 'strokeStyle'
  | 'fillStyle'
  | 'getImageData'
> & { readonly canvas: { readonly width: number; readonly height: number } };

/** Paints what is selected in a color, and leaves the rest transparent. */
export function paintMask(context: Context, steps: readonly MaskStep[], color: string): void {
  const { width, height } = context.canvas;
  context.clearRect(0, 0, width, height);
  for (const step of steps) paintStep(context, step, color);
}

function paintStep(context: Context, step: MaskStep, color: string): void {
  const { width, height } = context.canvas;
  context.save();
  context.fillStyle = color;
  switch (step.type) {
    case 'stroke':
      paintStroke(context, step, color);
      break;
    case 'rectangle': {
      const { x, y, width: wide, height: tall } = step.rectangle;
      context.globalCompositeOperation = step.isErasing ? 'destination-out' : 'source-over';
      context.fillRect(x, y, wide, tall);
      break;
    }
    case 'invert':
      context.globalCompositeOperation = 'source-out';
      context.fillRect(0, 0, width, height);
      break;
    case 'clear':
      context.clearRect(0, 0, width, height);
      break;
  }
  context.restore();
}

/** @param from the first of the points to paint: a stroke that grows is painted by what is new of it */
export function paintStroke(context: Context, stroke: Stroke, color: string, from = 0): void {
  const { isErasing, size, points } = stroke;
  context.save();
  context.globalCompositeOperation = isErasing ? 'destination-out' : 'source-over';
  context.strokeStyle = color;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.lineWidth = size;
  context.beginPath();
  for (const [index, { x, y }] of points.slice(from).entries()) {
    if (index === 0) context.moveTo(x, y);
    // A line to its own start is a dot.
    context.lineTo(x, y);
  }
  context.stroke();
  context.restore();
}

/** The selected share of a painted mask, from 0 to 1. */
export function selectedShare(context: Context): number {
  const { width, height } = context.canvas;
  const { data } = context.getImageData(0, 0, width, height);
  let sum = 0;
  for (let at = 3; at < data.length; at += 4) sum += data[at] ?? 0;
  return sum / 255 / (width * height);
}
