/**
 * Writes a form as multipart/form-data (RFC 7578). An upstream reads exactly the parts that this gateway has checked:
 * what a parser could read in two ways, such as doubled headers, is not passed on.
 */
import type { RandomBytes } from '../../platform/random.ts';
import type { FormPart } from './form.ts';
import type { SpoolFile } from './spool.ts';

/** Bytes to be sent, in order. */
export type BodyPiece = Buffer | SpoolFile;

/** The pieces of a body without files, such as every JSON text. */
export function bytesOf(pieces: readonly BodyPiece[]): readonly Buffer[] {
  return pieces.filter((piece) => Buffer.isBuffer(piece));
}

export interface WrittenForm {
  readonly contentType: string;
  readonly pieces: readonly BodyPiece[];
}

/** 128 random bits, which no content holds by chance or by intent. */
const boundaryBytes = 16;

/** @param parts with the values to send */
export function writeForm(parts: readonly FormPart[], random: RandomBytes): WrittenForm {
  const boundary = `halley${Buffer.from(random(boundaryBytes)).toString('hex')}`;
  const pieces = parts.flatMap((part) => {
    const content = part.kind === 'file' ? part.content : Buffer.from(part.value);
    return [Buffer.from(headOf(part, boundary)), content, Buffer.from('\r\n')];
  });
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    pieces: [...pieces, Buffer.from(`--${boundary}--\r\n`)],
  };
}

function headOf(part: FormPart, boundary: string): string {
  const disposition = `--${boundary}\r\ncontent-disposition: form-data; name="${escaped(part.name)}"`;
  if (part.kind === 'field') return `${disposition}\r\n\r\n`;
  return `${disposition}; filename="${escaped(part.filename)}"\r\ncontent-type: ${part.contentType}\r\n\r\n`;
}

/** As browsers escape names (HTML, "multipart form data"). */
function escaped(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
