import { runOnPostgres } from './run-on-postgres.ts';

runOnPostgres('relay/*.test.ts');
