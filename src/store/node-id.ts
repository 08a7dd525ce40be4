/** The node id, stored in the data directory. The directory's lock keeps it unique. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HalleyError } from '../platform/errors.ts';
import type { RandomBytes } from '../platform/random.ts';
import { storageFailure } from './storage-failure.ts';

export const nodeIdFileName = 'node-id';

/** @returns 32 hexadecimal digits, the same at each start */
export function loadNodeId(dir: string, random: RandomBytes): string {
  const path = join(dir, nodeIdFileName);
  try {
    if (!existsSync(path)) writeFileSync(path, `${randomId(random)}\n`, { mode: 0o600, flag: 'wx' });
    const id = readFileSync(path, 'utf8').trim();
    if (/^[0-9a-f]{32}$/.test(id)) return id;
  } catch (error) {
    throw storageFailure(path, error, `The node's id ${path}`);
  }
  throw new HalleyError('store_unavailable', {
    message: `The node's id ${path} is damaged. Remove the file: the gateway creates a new one.`,
  });
}

/** 32 hexadecimal digits that nothing else has. */
export function randomId(random: RandomBytes): string {
  return Buffer.from(random(16)).toString('hex');
}
