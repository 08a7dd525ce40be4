/** Reads the built pages of the documentation: their headings, anchors and addresses. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const builtDirectory: string = join(import.meta.dirname, '../../site/dist');

export interface BuiltPage {
  /** Its file, such as `guides/clients.html`. */
  readonly name: string;
  /** Its path at the gateway. */
  readonly path: string;
  readonly html: string;
  readonly ids: ReadonlySet<string>;
  /** What links, pictures and scripts of it name. */
  readonly addresses: readonly string[];
}

const pathOfFile = (name: string): string => `/docs/${name.replace(/(?:index)?\.html$/, '')}`;

const decode = (text: string): string => text.replaceAll('&amp;', '&').replaceAll('&quot;', '"');

/** Every page, the frame of the API reference and the page for what is not found among them. */
export function readBuiltPages(): readonly BuiltPage[] {
  return globSync('**/*.html', { cwd: builtDirectory }).map((name) => {
    const html = readFileSync(join(builtDirectory, name), 'utf8');
    const found = (pattern: RegExp) => [...html.matchAll(pattern)].map(([, value = '']) => decode(value));
    return {
      name,
      path: pathOfFile(name),
      html,
      ids: new Set(found(/\sid="([^"]*)"/g)),
      addresses: found(/\s(?:href|src)="([^"]*)"/g),
    };
  });
}
