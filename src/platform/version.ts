/** Reads Halley's version, and that of the Node it is written for, from package.json. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const manifestPath: string = join(import.meta.dirname, '../../package.json');

const manifest = JSON.parse(readFileSync(manifestPath, 'utf8')) as {
  version: string;
  dependencies?: { node?: string };
};

export const { version } = manifest;

/** The version that `npm ci` brings. */
export const nodeVersion: string | undefined = manifest.dependencies?.node;
