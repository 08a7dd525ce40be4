/** The contract suite of coordination on the simulated implementation. */
import { SimulatedCoordination } from '../../sim/simulation/coordination.ts';
import { Database } from '../../sim/simulation/database.ts';
import { coordinationSuite } from '../../src/store/contract/coordination.ts';

coordinationSuite('simulated', async () => {
  const database = new Database([0], 2000, () => 0);
  const coordination = new SimulatedCoordination(database, async (_what, execute) => execute());
  return { coordination, append: async (...entries) => database.append(entries) };
});
