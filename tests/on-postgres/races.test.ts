import { runOnPostgres } from './run-on-postgres.ts';

// As many attempts as a test run has time for; the promise among nodes is raced in tests/fleet.
process.env.HALLEY_RACE_ATTEMPTS ??= '2000';
runOnPostgres('races/revocation-race.test.ts');
