/** `npm run release:check`: fails when version, changelog, chart, manifests, documents and OpenAPI disagree. */
import { join } from 'node:path';
import { releaseFaults } from './places.ts';

const faults = releaseFaults(join(import.meta.dirname, '../..'));
for (const fault of faults) process.stderr.write(`${fault}\n`);
if (faults.length > 0) process.exitCode = 1;
