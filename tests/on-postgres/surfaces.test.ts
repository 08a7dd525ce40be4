import { runOnPostgres } from './run-on-postgres.ts';

runOnPostgres('lifecycle/*.test.ts', 'model-api/*.test.ts', 'clients/openai.test.ts');
