/** What the user does to a mask: the tool in hand, the rectangle, and the way back. */
import { useState } from 'react';
import type { InputPicture } from './input-files.ts';
import type { MaskStep, Rectangle } from './mask.ts';

export const maskTools = ['brush', 'eraser', 'rectangle'] as const;

export type MaskTool = (typeof maskTools)[number];

export interface MaskEditing {
  readonly tool: MaskTool;
  readonly setTool: (tool: MaskTool) => void;
  /** Diameter in pixels of the picture. */
  readonly brush: number;
  readonly brushMax: number;
  readonly setBrush: (brush: number) => void;
  readonly rectangle: Rectangle;
  /** Keeps it within the picture. */
  readonly setRectangle: (rectangle: Rectangle) => void;
  readonly steps: readonly MaskStep[];
  readonly add: (step: MaskStep) => void;
  /** Selects what the rectangle holds, or takes it out of the selection. */
  readonly fill: (isErasing: boolean) => void;
  readonly canUndo: boolean;
  readonly undo: () => void;
  readonly canRedo: boolean;
  readonly redo: () => void;
}

export function useMaskEditing(
  { width, height }: InputPicture,
  steps: readonly MaskStep[],
  onSteps: (steps: readonly MaskStep[]) => void,
): MaskEditing {
  const shorter = Math.min(width, height);
  const [tool, setTool] = useState<MaskTool>('brush');
  const [brush, setBrush] = useState(Math.max(1, Math.round(shorter / 10)));
  const [undone, setUndone] = useState<readonly MaskStep[]>([]);
  const [rectangle, setRectangle] = useState<Rectangle>(() =>
    within({ x: width / 4, y: height / 4, width: width / 2, height: height / 2 }, width, height),
  );
  const add = (step: MaskStep) => {
    onSteps([...steps, step]);
    setUndone([]);
  };
  const last = steps.at(-1);
  const next = undone.at(-1);
  return {
    ...{ tool, setTool, brush, setBrush, rectangle, steps, add },
    brushMax: Math.max(1, Math.round(shorter / 2)),
    setRectangle: (wanted) => setRectangle(within(wanted, width, height)),
    fill: (isErasing) => add({ type: 'rectangle', isErasing, rectangle }),
    canUndo: last !== undefined,
    undo: () => {
      if (last === undefined) return;
      onSteps(steps.slice(0, -1));
      setUndone([...undone, last]);
    },
    canRedo: next !== undefined,
    redo: () => {
      if (next === undefined) return;
      onSteps([...steps, next]);
      setUndone(undone.slice(0, -1));
    },
  };
}

const clamp = (value: number, least: number, most: number) =>
  Math.min(Math.max(Math.round(value), least), most);

function within({ x, y, width, height }: Rectangle, widthMax: number, heightMax: number): Rectangle {
  const [wide, tall] = [clamp(width, 1, widthMax), clamp(height, 1, heightMax)];
  return { x: clamp(x, 0, widthMax - wide), y: clamp(y, 0, heightMax - tall), width: wide, height: tall };
}
