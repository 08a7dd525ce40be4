/** Reads the multipart forms that clients send to the demo. */
import { BadRequest, type Fields } from './fields.ts';

/** A file of a form. */
export interface DemoFile {
  readonly filename: string;
  readonly contentType: string;
  readonly bytes: Buffer;
}

/**
 * The fields by name; one that occurs several times, or as `name[]`, is a list.
 * @throws BadRequest when it is no form
 */
export async function parseForm(bytes: Buffer, contentType: string): Promise<Fields> {
  const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } })
    .formData()
    .catch(() => {
      throw new BadRequest('The body is no multipart form.');
    });
  const fields = new Map<string, unknown[]>();
  const lists = new Set<string>();
  for (const [given, value] of form) {
    const name = given.replace(/\[\d*\]$/, '');
    if (name !== given) lists.add(name);
    fields.set(name, [...(fields.get(name) ?? []), typeof value === 'string' ? value : await fileOf(value)]);
  }
  return Object.fromEntries(
    [...fields].map(([name, values]) => [name, values.length === 1 && !lists.has(name) ? values[0] : values]),
  );
}

async function fileOf(file: File): Promise<DemoFile> {
  return { filename: file.name, contentType: file.type, bytes: Buffer.from(await file.arrayBuffer()) };
}

const isFile = (value: unknown): value is DemoFile =>
  typeof value === 'object' && value !== null && 'bytes' in value && Buffer.isBuffer(value.bytes);

/** The files of a field, whether it is one or a list. */
export function filesAt(fields: Fields, name: string): readonly DemoFile[] {
  return [fields[name]].flat().filter(isFile);
}
