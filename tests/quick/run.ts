/** `npm run test:quick`: runs the tests that need no database server and start no process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watchTestFiles } from '../support/hang-watch.ts';
import { quickFiles } from './quick-files.ts';

const endWatch = watchTestFiles();
const options = [
  '--import',
  './tests/support/test-progress.ts',
  '--test-concurrency=2',
  '--test-timeout=60000',
];
const runner = spawn(process.execPath, [...options, '--test', ...quickFiles()], { stdio: 'inherit' });
const [status] = await once(runner, 'close');
endWatch();
process.exitCode = status ?? 1;
