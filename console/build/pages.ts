/** Runs Vite over the console's source. */
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

export const consoleDirectory: string = fileURLToPath(new URL('..', import.meta.url));

export const pagesDirectory: string = fileURLToPath(new URL('../dist', import.meta.url));

/** Writes `console/dist`, and in `.vite/manifest.json` which file holds what. Silent unless something is wrong. */
export async function buildPages(): Promise<void> {
  // Vite reads NODE_ENV, and React is three times as large when it is anything else.
  process.env.NODE_ENV = 'production';
  await build({ root: consoleDirectory, mode: 'production', logLevel: 'warn', build: { manifest: true } });
}
