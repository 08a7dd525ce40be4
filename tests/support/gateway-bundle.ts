/**
 * The gateway in a few files: a start of it costs two thirds of a start that reads a thousand modules. The global setup of a
 * run makes it from the source; a file that runs alone, and who starts the command line itself, run the source.
 */
import { globSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'vite';

const root = join(import.meta.dirname, '../..');
const source = join(root, 'src');

/** At one place, so that the next run finds it compiled, and beside the packages that it imports as they are. */
const directory = join(root, 'node_modules/.cache/gateway');

/** The command line, and what it runs in threads. */
const entries = [
  'cli/halley',
  ...globSync('**/{worker,*-worker}.ts', { cwd: source }).map((file) => file.replace(/\.ts$/, '')),
];

/** What a module reads beside itself is still there; the thread that it starts is the bundled one. */
const samePlaces: Plugin = {
  name: 'same-places',
  // Before the types are taken out, and the code is written anew.
  enforce: 'pre',
  transform(code, id) {
    if (!id.startsWith(source)) return null;
    const bundled = pathToFileURL(join(directory, relative(source, id))).href;
    return code
      .replaceAll('import.meta.dirname', JSON.stringify(dirname(id)))
      .replaceAll(/new URL\('(\.[^']+)\.ts', import\.meta\.url\)/g, `new URL('$1.js', '${bundled}')`);
  },
};

/** @returns the file to run in place of `src/cli/halley.ts` */
export async function bundleGateway(): Promise<string> {
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    plugins: [samePlaces],
    ssr: { noExternal: true, external: ['@node-rs/argon2', '@node-rs/bcrypt', 'pg-native'] },
    build: {
      ssr: true,
      outDir: directory,
      // Another run may use it.
      emptyOutDir: false,
      minify: false,
      target: 'esnext',
      rolldownOptions: {
        input: Object.fromEntries(entries.map((name) => [name, join(source, `${name}.ts`)])),
        output: { entryFileNames: '[name].js' },
      },
    },
  });
  return join(directory, 'cli/halley.js');
}
