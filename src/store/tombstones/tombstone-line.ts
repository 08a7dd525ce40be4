/**
 * Encodes a tombstone as a line of the log: a JSON object that ends with a checksum (CRC-32 of the text before it), so
 * that a truncated or damaged line is never taken for another.
 */
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { tombstoneKinds } from '../../domain/tombstone.ts';
import type { LoggedTombstone } from './tombstone-log.ts';

const lineForm = /^(\{.+),"crc":"([0-9a-f]{8})"\}$/;

const lineSchema = z.object({
  v: z.literal(1),
  kind: z.enum(tombstoneKinds),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  id: z.int(),
  account_id: z.int().nullable(),
  deleted_at: z.int(),
});

/** @returns the line with its end */
export function tombstoneLine({ kind, digest, id, accountId, deletedAt }: LoggedTombstone): string {
  const hex = Buffer.from(digest.buffer, digest.byteOffset, digest.byteLength).toString('hex');
  const text = JSON.stringify({ v: 1, kind, digest: hex, id, account_id: accountId, deleted_at: deletedAt });
  const open = text.slice(0, -1);
  return `${open},"crc":"${checksum(open)}"}\n`;
}

/** @returns undefined for a line that is damaged, or of a form that this version does not know */
export function parseTombstoneLine(line: string): LoggedTombstone | undefined {
  const [, open, crc] = lineForm.exec(line) ?? [];
  if (open === undefined || crc !== checksum(open)) return undefined;
  const parsed = lineSchema.safeParse(parseJson(`${open}}`));
  if (!parsed.success) return undefined;
  const { kind, digest, id, account_id: accountId, deleted_at: deletedAt } = parsed.data;
  return { kind, digest: new Uint8Array(Buffer.from(digest, 'hex')), id, accountId, deletedAt };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const checksum = (text: string) => crc32(text).toString(16).padStart(8, '0');
