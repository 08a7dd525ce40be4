/** Reads the snippets of docs/guides/coding-agents.md, which are what the agents are started with. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const file = join(import.meta.dirname, '../../docs/guides/coding-agents.md');

/** @returns the shell script of the section with this heading */
export async function snippetOf(title: string): Promise<string> {
  const sections = (await readFile(file, 'utf8')).split('\n## ');
  const section = sections.find((text) => text.startsWith(`${title}\n`)) ?? '';
  const [, script] = /```sh\n(.*?)```/s.exec(section) ?? [];
  if (script === undefined) throw new Error(`docs/guides/coding-agents.md has no snippet for ${title}`);
  return script;
}
