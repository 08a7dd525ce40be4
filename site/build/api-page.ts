/** Makes the page of the API reference: its scripts from their TypeScript, the program that draws it from its package. */
import { hash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './source.ts';

const source = join(root, 'site/api');

/** One file that needs no other, as the package makes it for pages. */
const scalar = fileURLToPath(import.meta.resolve('@scalar/api-reference')).replace(
  /dist[\\/].*$/,
  'dist/browser/standalone.js',
);

/** @param directory of the built site */
export function writeApiPage(directory: string): void {
  const tokens = readFileSync(join(root, 'console/styles/tokens.css'), 'utf8');
  const script = (name: string) => stripTypeScriptTypes(readFileSync(join(source, `${name}.ts`), 'utf8'));
  const style = (name: string) => `${tokens}\n${readFileSync(join(source, `${name}.css`), 'utf8')}`;
  const program = readFileSync(scalar, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
  const write = (name: string, text: string) => {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  const asset = (folder: string, name: string, text: string) => {
    const [stem, ending] = name.split('.');
    const path = `assets/${folder}/${stem}-${hash('sha256', text, 'base64url').slice(0, 8)}.${ending}`;
    write(path, text);
    return `/docs/${path}`;
  };
  const addresses: Readonly<Record<string, string>> = {
    'page.css': asset('api', 'page.css', style('page')),
    'page.js': asset('api', 'page.js', script('page')),
    'frame.css': asset('frame', 'frame.css', style('frame')),
    'frame.js': asset('frame', 'frame.js', script('frame')),
    'start.js': asset('frame', 'start.js', script('start')),
    'scalar.js': asset('frame', 'scalar.js', program),
  };
  const html = (name: string) =>
    readFileSync(join(source, name), 'utf8').replaceAll(
      /%([\w.]+)%/g,
      (_, key: string) => addresses[key] ?? '',
    );
  write('reference/api.html', html('page.html'));
  write('reference/api-frame.html', html('frame.html'));
}
