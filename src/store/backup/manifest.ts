/** The manifest of a backup: what a restore checks before it touches anything. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { HalleyError } from '../../platform/errors.ts';

export const manifestFileName = 'manifest.json';
export const backupDatabaseName = 'halley.sqlite';
export const sealedSecretName = 'server-secret.sealed';

const format = 1;
const hex32 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);

const manifestSchema = z.object({
  format: z.literal(format),
  engine: z.literal('sqlite'),
  /** The version of Halley that made it. */
  halley: z.string(),
  schema_version: count,
  /** ISO 8601, UTC. */
  created_at: z.iso.datetime(),
  database: z.object({ file: z.literal(backupDatabaseName), bytes: count, sha256: hex32 }),
  /** Fingerprints of the server secrets that the database needs; `previous` only during a rotation. */
  secret: z.object({ fingerprint: hex32, previous: hex32.nullable(), sealed: z.boolean() }),
  rows: z.object({ accounts: count, keys: count, channels: count }),
});

export type Manifest = z.infer<typeof manifestSchema>;

export function manifestText(manifest: Omit<Manifest, 'format' | 'engine'>): string {
  return `${JSON.stringify({ format, engine: 'sqlite', ...manifest }, null, 2)}\n`;
}

/** @throws HalleyError('store_unavailable') when the directory is not a backup that this version can read */
export function readManifest(dir: string): Manifest {
  const path = join(dir, manifestFileName);
  if (!isBackup(dir)) {
    const what = existsSync(dir) ? `${path} is missing` : `${dir} does not exist`;
    throw unusableBackup(
      `There is no backup in ${dir}: ${what}. Name the directory that \`halley backup\` made.`,
    );
  }
  let found: unknown;
  try {
    found = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw unusableBackup(`${path} cannot be read: ${reasonOf(error)}. Use another backup.`);
  }
  const { format: foundFormat } = Object(found) as { format?: unknown };
  if (typeof foundFormat === 'number' && foundFormat > format) {
    throw unusableBackup(`${path} was written by a newer Halley. Restore with that version.`);
  }
  const parsed = manifestSchema.safeParse(found);
  if (parsed.success) return parsed.data;
  const at = parsed.error.issues[0]?.path.join('.') ?? '';
  throw unusableBackup(`${path} is damaged, at "${at}". Use another backup.`);
}

/** Whether a directory is one that `halley backup` made. */
export function isBackup(dir: string): boolean {
  return statSync(join(dir, manifestFileName), { throwIfNoEntry: false })?.isFile() === true;
}

/** @param message for the operator: what is wrong, and what to do */
export function unusableBackup(message: string): HalleyError {
  return new HalleyError('store_unavailable', { message });
}

export function reasonOf(error: unknown): string {
  if (error instanceof HalleyError) return error.log ?? error.message;
  return error instanceof Error ? error.message : String(error);
}
