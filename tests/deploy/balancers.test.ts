/** The configurations of load balancers, validated by the programs themselves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { balancers, configurationFaults, programOf } from '../restarts/balancers.ts';
import { nonEmpty } from '../support/non-empty.ts';

for (const balancer of nonEmpty(balancers)) {
  const program = programOf(balancer);
  test(`${balancer.name} accepts the shipped configuration`, {
    skip: program === undefined && `NOT TESTED: ${balancer.name} is not installed on this machine`,
  }, () => {
    assert.equal(configurationFaults(balancer, program ?? ''), '');
  });
}
