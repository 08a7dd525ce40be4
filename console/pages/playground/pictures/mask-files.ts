/** Makes the files of an edit with a mask: the mask, and the picture that it belongs to. */
import type { InputPicture } from './input-files.ts';
import { type MaskStep, paintMask, selectedShare } from './mask.ts';

function contextOf(width: number, height: number, options?: CanvasRenderingContext2DSettings) {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', options);
  if (context === null) throw new Error('The browser gives no canvas of this size.');
  return { canvas, context };
}

async function pngOf(canvas: HTMLCanvasElement): Promise<Blob> {
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (blob === null) throw new Error('The browser writes no PNG of this size.');
  return blob;
}

/**
 * @returns a PNG of the picture's own size: transparent where it is selected, opaque elsewhere; undefined when nothing is
 * @throws Error when the browser cannot make it
 */
export async function maskFile(
  { width, height }: InputPicture,
  steps: readonly MaskStep[],
): Promise<Blob | undefined> {
  if (steps.length === 0) return undefined;
  const selection = contextOf(width, height, { willReadFrequently: true });
  paintMask(selection.context, steps, 'black');
  if (selectedShare(selection.context) === 0) return undefined;
  const mask = contextOf(width, height);
  mask.context.fillRect(0, 0, width, height);
  mask.context.globalCompositeOperation = 'destination-out';
  mask.context.drawImage(selection.canvas, 0, 0);
  return pngOf(mask.canvas);
}

/**
 * The picture that a mask belongs to, as a PNG: both must have one format and one size, and a JPEG may be stored turned.
 * @throws as `maskFile`, and DOMException when the picture cannot be read
 */
export async function pictureUnderMask({ file, width, height }: InputPicture): Promise<File> {
  if (file.type === 'image/png') return file;
  const bitmap = await createImageBitmap(file);
  const { canvas, context } = contextOf(width, height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const name = file.name.replace(/\.[^.]*$/, '');
  return new File([await pngOf(canvas)], `${name}.png`, { type: 'image/png' });
}
