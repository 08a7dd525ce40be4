/** A multipart form as it was read: its parts in their order, files in memory or in the spool. */
import type { SpoolFile } from './spool.ts';

/** The content of a file: small ones in memory. */
export type FileContent = Buffer | SpoolFile;

export interface FieldPart {
  readonly kind: 'field';
  readonly name: string;
  readonly value: string;
}

export interface FilePart {
  readonly kind: 'file';
  readonly name: string;
  /** As the client sent it, without directories. */
  readonly filename: string;
  /** Without parameters. */
  readonly contentType: string;
  readonly content: FileContent;
}

export type FormPart = FieldPart | FilePart;

export interface Form {
  readonly parts: readonly FormPart[];
  /** Bytes of all files. */
  readonly fileBytes: number;
  /** Bytes of the names and values of all fields. */
  readonly fieldBytes: number;
}

/** Of a chunk that is written to a connection at once: a connection with TLS encrypts all of it in one step. */
const chunkBytesMax = 262_144;

/** The bytes of a content in order. */
export async function* chunksOf(content: FileContent): AsyncGenerator<Buffer, void> {
  if (!Buffer.isBuffer(content)) return yield* content.read();
  for (let start = 0; start < content.length; start += chunkBytesMax)
    yield content.subarray(start, start + chunkBytesMax);
}

/** The same of several contents, one after the other. */
export async function* chunksOfAll(contents: readonly FileContent[]): AsyncGenerator<Buffer, void> {
  for (const content of contents) yield* chunksOf(content);
}

/** Releases the memory and the files of a form. Never rejects. */
export async function closeForm({ parts }: Pick<Form, 'parts'>): Promise<void> {
  await Promise.all(
    parts.map((part) => part.kind === 'file' && !Buffer.isBuffer(part.content) && part.content.close()),
  );
}
