/** Checks files that are to be edited, and reads their sizes. */
import { kindBytes, kindOf } from './picture-kinds.ts';

export interface InputPicture {
  /** Unique in the page. */
  readonly id: number;
  readonly file: File;
  /** In pixels, as the picture is drawn. */
  readonly width: number;
  readonly height: number;
}

type Fault = 'notAPicture' | 'tooLarge' | 'tooMany' | 'unreadable';

export interface RefusedFile {
  readonly name: string;
  readonly fault: Fault;
}

/** What OpenAI's endpoint takes (https://platform.openai.com/docs/api-reference/images/createEdit). */
export const inputsMax = 16;
export const inputMegabytesMax = 50;
export const inputTypes: readonly string[] = ['image/png', 'image/jpeg', 'image/webp'];

let lastId = 0;

/** @param room for so many more pictures */
export async function acceptFiles(
  files: readonly File[],
  room: number,
): Promise<{ readonly accepted: readonly InputPicture[]; readonly refused: readonly RefusedFile[] }> {
  const accepted: InputPicture[] = [];
  const refused: RefusedFile[] = [];
  for (const file of files) {
    const result = accepted.length < room ? await acceptFile(file) : 'tooMany';
    if (typeof result === 'string') refused.push({ name: file.name, fault: result });
    else accepted.push(result);
  }
  return { accepted, refused };
}

async function acceptFile(file: File): Promise<InputPicture | Fault> {
  if (file.size > inputMegabytesMax * 1_000_000) return 'tooLarge';
  try {
    const kind = kindOf(new Uint8Array(await file.slice(0, kindBytes).arrayBuffer()));
    if (!kind || !inputTypes.includes(kind.type)) return 'notAPicture';
    const bitmap = await createImageBitmap(file);
    const { width, height } = bitmap;
    bitmap.close();
    lastId += 1;
    // The type by its bytes: what the name says may be wrong.
    return { id: lastId, file: new File([file], file.name, { type: kind.type }), width, height };
  } catch {
    return 'unreadable';
  }
}
