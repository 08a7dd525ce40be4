/**
 * Reads the pictures in responses of image endpoints and in the events of their streams
 * (https://platform.openai.com/docs/api-reference/images-streaming). Everything read is foreign: what does not fit is ignored.
 * Pure.
 */
import { kindOf, type PictureKind } from './picture-kinds.ts';

/** A picture whose bytes came. */
export interface DrawnPicture {
  readonly blob: Blob;
  readonly kind: PictureKind;
  /** The prompt as the model changed it; '' = it did not. */
  readonly revisedPrompt: string;
}

/** A picture at an address of another origin, from which a page of the console loads nothing. */
interface LinkedPicture {
  readonly link: string;
  readonly blob?: undefined;
}

export type Picture = DrawnPicture | LinkedPicture;

export const isDrawn = (picture: Picture): picture is DrawnPicture => picture.blob !== undefined;

export interface PictureOutput {
  /** An earlier stage of the picture that is being drawn. */
  readonly stage: Blob | undefined;
  readonly pictures: readonly Picture[];
  /** Pictures of a kind that is not drawn here. */
  readonly unreadable: number;
}

type Members = Readonly<Record<string, unknown>>;

const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null;

/** @param value the parsed JSON of an event, or of a whole response */
export function readPictures(value: unknown): PictureOutput {
  const none = { stage: undefined, pictures: [], unreadable: 0 };
  if (!isMembers(value)) return none;
  const { type, data } = value;
  if (typeof type === 'string' && type.endsWith('.partial_image')) {
    return { ...none, stage: pictureIn(value)?.blob };
  }
  const found = (Array.isArray(data) ? data : [value]).filter(hasPicture);
  const pictures = found.flatMap((one) => pictureIn(one) ?? []);
  return { ...none, pictures, unreadable: found.length - pictures.length };
}

const hasPicture = (value: unknown): value is Members =>
  isMembers(value) && (typeof value.b64_json === 'string' || typeof value.url === 'string');

function pictureIn({ b64_json: base64, url, revised_prompt }: Members): Picture | undefined {
  const own = typeof base64 === 'string' ? base64 : dataIn(url);
  if (own !== undefined) return drawnFrom(own, typeof revised_prompt === 'string' ? revised_prompt : '');
  return typeof url === 'string' && /^https?:\/\//i.test(url) ? { link: url } : undefined;
}

/** The base64 of a data URL. */
const dataIn = (url: unknown): string | undefined =>
  typeof url === 'string' ? /^data:[^,]*;base64,(.*)$/is.exec(url)?.[1] : undefined;

function drawnFrom(base64: string, revisedPrompt: string): DrawnPicture | undefined {
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const kind = kindOf(bytes);
    return kind && { blob: new Blob([bytes], { type: kind.type }), kind, revisedPrompt };
  } catch {
    return undefined;
  }
}

/** Base64, also with the slashes escaped as some servers write them. */
const longBase64 = /[A-Za-z0-9+/=\\]{200,}/g;
const shownOfBase64 = 40;

/** An event as it came but for its base64, of which the start and the number of its characters are left. */
export function shortened(event: string): string {
  return event.replace(longBase64, (base64) => `${base64.slice(0, shownOfBase64)}…[${base64.length}]`);
}
