/** `npm run test:quick`: runs the tests that need no database server and start no process. */
import { spawnSync } from 'node:child_process';
import { quickFiles } from './quick-files.ts';

const args = ['--test', '--test-concurrency=2', '--test-timeout=60000', ...quickFiles()];
const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
process.exit(status ?? 1);
