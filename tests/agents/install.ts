/** Installs the pinned agents from the npm registry, once for each set of versions. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { agents } from './agents.ts';

const root = join(import.meta.dirname, '../../node_modules/.cache/halley-agents');
const manifest = JSON.stringify({
  private: true,
  dependencies: Object.fromEntries(agents.map((agent) => [agent.package, agent.version])),
  // Both put their program for this platform in place.
  allowScripts: { '@anthropic-ai/claude-code': true, 'opencode-ai': true },
});

/** @returns the directory of their programs */
export async function installAgents(): Promise<string> {
  const directory = join(root, createHash('sha256').update(manifest).digest('hex').slice(0, 12));
  const bin = join(directory, 'node_modules/.bin');
  const mark = join(directory, 'installed');
  if (await readFile(mark).catch(() => undefined)) return bin;
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'package.json'), manifest);
  await promisify(execFile)('npm', ['install', '--no-audit', '--no-fund'], { cwd: directory });
  await writeFile(mark, '');
  return bin;
}
