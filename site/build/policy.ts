/** Lists the inline scripts of the built pages, which the gateway allows by their hashes and no others. */
import { hash } from 'node:crypto';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const inline = /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g;

/** Writes `script-hashes.json`, by which the gateway also sees that a build has come to its end. */
export function writeScriptHashes(directory: string): void {
  const pages = globSync('**/*.html', { cwd: directory });
  const hashes = new Set(
    pages.flatMap((name) =>
      [...readFileSync(join(directory, name), 'utf8').matchAll(inline)].map(
        ([, script = '']) => `sha256-${hash('sha256', script, 'base64')}`,
      ),
    ),
  );
  writeFileSync(join(directory, 'script-hashes.json'), `${JSON.stringify([...hashes].sort())}\n`);
}
