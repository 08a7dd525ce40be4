/** Ends with one sentence where the Node that runs is too old for the code: that which `npm ci` brings is missing then. */
import { readFileSync } from 'node:fs';

const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const major = (version) => Number(version.split('.')[0]);

if (major(process.versions.node) < major(dependencies.node)) {
  process.stderr.write(
    `Halley needs Node ${dependencies.node}, which \`npm ci\` brings, and this is Node ${process.versions.node}: run \`npm ci --ignore-scripts=false\` and start again.\n`,
  );
  process.exitCode = 1;
}
