import { runOnPostgres } from './run-on-postgres.ts';

runOnPostgres('crash/crash.test.ts');
