import { runOnPostgres } from './run-on-postgres.ts';

// As many attempts as a test run has time for. tests/fleet races the promise between nodes.
process.env.HALLEY_RACE_ATTEMPTS ??= '500';
runOnPostgres('races/*-race.test.ts');
