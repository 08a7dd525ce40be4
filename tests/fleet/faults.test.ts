import { after, before, test } from 'node:test';
import { type Fleet, startFleet } from './fleet.ts';
import { race } from './race.ts';

let fleet: Fleet;
before(async () => {
  fleet = await startFleet({ nodes: 4 });
});
after(() => fleet?.stop());

test('no fault', async (t) => {
  const r = await race(fleet, { through: fleet.node(0), otherwise: fleet.node(1), healthy: fleet.nodes });
  t.diagnostic(JSON.stringify(r));
});
