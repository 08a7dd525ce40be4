/** Launches the Chromium that npm brings. All test files share one unpacked copy. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

const modules = join(import.meta.dirname, '../../node_modules');
const run = promisify(execFile);

/** Unpacks into the directory for temporary files, which is why it runs in a process with one of its own. */
const unpack =
  "import('@sparticuz/chromium').then(async ({ default: { executablePath } }) => { await executablePath(); })";

/** The directory of the unpacked browser and its fonts. Unpacks them unless another test file did. */
async function unpackedChromium(): Promise<string> {
  const { version } = JSON.parse(
    await readFile(join(modules, '@sparticuz/chromium/package.json'), 'utf8'),
  ) as { version: string };
  const directory = join(modules, `.cache/chromium-${version}`);
  if (existsSync(executableOf(directory))) return directory;
  await mkdir(join(modules, '.cache'), { recursive: true });
  const fresh = await mkdtemp(`${directory}-`);
  await run(process.execPath, ['-e', unpack], {
    cwd: import.meta.dirname,
    env: { ...process.env, TMPDIR: fresh },
  });
  await writeFile(join(fresh, 'fonts.conf'), fontsOf(directory));
  await moveInto(directory, fresh);
  return directory;
}

const executableOf = (directory: string) => join(directory, 'chromium');

/** Moves what was unpacked. In the way may be a complete copy, or a rest: fontconfig alone makes its cache there. */
export async function moveInto(directory: string, fresh: string): Promise<void> {
  try {
    await rename(fresh, directory);
  } catch (error) {
    if (!existsSync(directory)) throw error;
    // A rename onto a full directory fails. Its files move one by one, the executable last: it says that all is there.
    const names = existsSync(executableOf(directory)) ? [] : await readdir(fresh);
    const isLast = (name: string) => Number(name === 'chromium');
    for (const name of names.toSorted((one, other) => isLast(one) - isLast(other)))
      await rename(join(fresh, name), join(directory, name)).catch(ignoreTaken);
    await rm(fresh, { recursive: true });
    if (!existsSync(executableOf(directory))) throw error;
  }
}

/** Another test file was quicker, and may run it already. */
function ignoreTaken(error: NodeJS.ErrnoException): void {
  if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(error.code ?? '')) throw error;
}

/** Screenshots must not depend on what the machine chooses where a style sheet names its system font. */
const fontsOf = (directory: string) => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${directory}/fonts/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${directory}/fonts-cache</cachedir>
  <alias><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>
  <alias><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
`;

/** Close it when the test ends. The package's own flags would turn off what browsers protect. */
export async function launchChromium(): Promise<Browser> {
  const directory = await unpackedChromium();
  return chromium.launch({
    executablePath: executableOf(directory),
    args: ['--no-sandbox', '--headless=shell'],
    env: { ...(process.env as Record<string, string>), FONTCONFIG_FILE: join(directory, 'fonts.conf') },
  });
}
