/**
 * `npm run seed -- --demo`: fills the empty database that the settings name (`--data-dir`, `HALLEY_DATABASE_URL`, …)
 * with demo data. Start the gateway on it afterwards.
 */
import { systemClock as clock } from '../../src/platform/clock.ts';
import { asHalleyError } from '../../src/platform/errors.ts';
import { systemRandom as random } from '../../src/platform/random.ts';
import { loadSettings } from '../../src/platform/settings/load.ts';
import { openStore } from '../../src/store/open-store.ts';
import { seedDemo } from './seed.ts';

const flags = process.argv.slice(2);
const usage = 'Usage: npm run seed -- --demo [--<setting> <value>]...\nThe database must be empty.\n';

async function seed(): Promise<void> {
  const settings = loadSettings({ env: process.env, flags: flags.filter((flag) => flag !== '--demo') });
  const opened = await openStore({ settings, clock, random, onLost: () => undefined });
  try {
    const bootstrapToken = settings.bootstrap_token;
    const { rootSecrets, accounts, keys, records } = await seedDemo({
      ...opened,
      clock,
      random,
      bootstrapToken,
    });
    process.stdout.write(`${accounts} accounts, ${keys} keys, ${records} records\n`);
    if (rootSecrets) process.stdout.write(`user root, password ${rootSecrets.password}\n`);
  } finally {
    await opened.close();
  }
}

if (!flags.includes('--demo')) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  await seed().catch((error) => {
    process.stderr.write(`${asHalleyError(error).log ?? asHalleyError(error).message}\n`);
    process.exitCode = 1;
  });
}
