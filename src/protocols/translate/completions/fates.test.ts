/** Tests that every field of a legacy completion request has a fate, towards every upstream. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nonEmpty } from '../../../../tests/support/non-empty.ts';
import { checkFates, type FateTable } from '../fates.ts';
import type { FormName } from '../form/request.ts';
import { Losses } from '../losses.ts';
import { completionsFates } from './fates.ts';

const types = readFileSync(
  fileURLToPath(new URL('completions.d.ts', import.meta.resolve('openai/resources/completions'))),
  'utf8',
);

function missingFrom(table: FateTable): readonly string[] {
  const [, rest = ''] = types.split('export interface CompletionCreateParamsBase {\n');
  const [body = ''] = rest.split('\n}');
  const fields = [...body.matchAll(/^ {4}(\w+)\??:/gm)].map(([, field = '']) => field);
  assert.ok(fields.length >= 18);
  return fields.filter((field) => !Object.hasOwn(table, field));
}

test('every field of the SDK has an entry, and a missing one is noticed', () => {
  assert.deepEqual(missingFrom(completionsFates), []);
  const { echo, ...table } = completionsFates;
  assert.ok(echo);
  assert.deepEqual(missingFrom(table), ['echo']);
});

const targets: readonly FormName[] = ['chat', 'responses', 'messages', 'gemini'];

test('what only tunes is kept where the target has it, and named where not', () => {
  const tuning = { seed: 1, presence_penalty: 1, frequency_penalty: 1, top_k: 5, user: 'u', logit_bias: {} };
  const dropped = nonEmpty(targets).map((target) => {
    const losses = new Losses('strict', target);
    checkFates(tuning, completionsFates, target, losses);
    return losses.dropped.toSorted();
  });
  const penalties = ['frequency_penalty', 'logit_bias', 'presence_penalty', 'seed'];
  assert.deepEqual(dropped, [
    ['logit_bias', 'top_k'],
    [...penalties, 'top_k'],
    penalties,
    ['logit_bias', 'user'],
  ]);
});
