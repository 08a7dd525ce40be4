/** Makes the page of the API reference: its scripts from their TypeScript, the program that draws it from its package. */
import { hash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';
import { root } from './source.ts';
import { swaggerLicences, swaggerScript, swaggerStyles } from './swagger-ui.ts';

const source = join(root, 'site/api');

/** @param directory of the built site */
export function writeApiPage(directory: string): void {
  const tokens = readFileSync(join(root, 'console/styles/tokens.css'), 'utf8');
  const script = (name: string) => stripTypeScriptTypes(readFileSync(join(source, `${name}.ts`), 'utf8'));
  const style = (name: string) => readFileSync(join(source, `${name}.css`), 'utf8');
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
  const licences = asset('frame', 'licences.txt', swaggerLicences()).replace(/^.*\//, '');
  const program = swaggerScript().replace('swagger-ui-bundle.js.LICENSE.txt', licences);
  const addresses: Readonly<Record<string, string>> = {
    'page.css': asset('api', 'page.css', `${tokens}\n${style('page')}`),
    'page.js': asset('api', 'page.js', script('page')),
    'frame.css': asset('frame', 'frame.css', `${tokens}\n${swaggerStyles()}\n${style('frame')}`),
    'frame.js': asset('frame', 'frame.js', script('frame')),
    'start.js': asset('frame', 'start.js', joined(['document', 'plugin', 'start'].map(script))),
    'swagger.js': asset('frame', 'swagger-ui.js', program),
  };
  const html = (name: string) =>
    readFileSync(join(source, name), 'utf8').replaceAll(
      /%([\w.]+)%/g,
      (_, key: string) => addresses[key] ?? '',
    );
  write('reference/api.html', html('page.html'));
  write('reference/api-frame.html', html('frame.html'));
}

/** One script of modules, each after those that it imports: a page without an origin can load no modules. */
function joined(scripts: readonly string[]): string {
  const text = scripts.join('\n').replaceAll(/^import\b[^;]*;$|^export (?=\S)/gm, '');
  return `(() => {\n${text}\n})();\n`;
}
