import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inFlags } from './flags.ts';

const flags = {
  remain_quota: '--quota',
  expired_time: '--expires',
  input: '--input',
  name: '<name>',
  models: '--models',
};

test('errors name options instead of fields', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['The field "remain_quota" must not be negative.', '--quota must not be negative.'],
    [
      'The key has expired. Change expired_time to enable it.',
      'The key has expired. Change --expires to enable it.',
    ],
    ['The field "prices[3].input" must be USD.', '--input must be USD.'],
    ['The field "models[2]" must be a string.', '--models must be a string.'],
    ['The parameter "name" is missing.', '<name> is missing.'],
    ['The field "unknown_one" is unknown.', 'The field "unknown_one" is unknown.'],
    ['The name is taken: my_remain_quota, "other".', 'The name is taken: my_remain_quota, "other".'],
  ];
  for (const [message, expected] of cases) assert.equal(inFlags(message, flags), expected);
});
