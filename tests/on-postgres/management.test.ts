import { runOnPostgres } from './run-on-postgres.ts';

runOnPostgres('management/*.test.ts');
