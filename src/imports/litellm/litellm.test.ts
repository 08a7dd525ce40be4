/** What LiteLLM's lists of models and budgets mean here. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { ImportNotes } from '../plan.ts';
import { Usernames } from './accounts.ts';
import { quotaOf, rateLimitsOf, usedUnits } from './budgets.ts';
import { digestOfRow } from './keys.ts';
import { arrayOf, isFilled, modelLimits } from './models.ts';

const known = [
  { name: 'openai/a', groups: ['beta'] },
  { name: 'openai/b', groups: [] },
  { name: 'c', groups: ['beta'] },
];

test('the lists of a key and of what it belongs to all count', () => {
  const cases: readonly (readonly [columns: readonly unknown[], models: readonly string[] | undefined])[] = [
    [[[], undefined, '{}'], undefined],
    [[['all-team-models'], []], undefined],
    [[['*'], ['c']], ['c']],
    [[['all-proxy-models', 'x'], undefined], undefined],
    [
      [
        ['c', 'x'],
        ['x', 'y'],
      ],
      ['x'],
    ],
    [[['openai/*']], ['openai/a', 'openai/b']],
    [
      [['openai/*', 'c'], ['beta']],
      ['openai/a', 'c'],
    ],
    [[['azure/*']], []],
    [[['azure/*'], ['azure/gpt-5']], ['azure/gpt-5']],
    [[['no-default-models']], []],
    [
      ['{"all-team-models"}', '{c,"d e"}'],
      ['c', 'd e'],
    ],
  ];
  for (const [columns, models] of nonEmpty(cases)) {
    assert.deepEqual(modelLimits(columns, known).models, models, JSON.stringify(columns));
  }
  assert.deepEqual(arrayOf('{}'), []);
  assert.deepEqual(
    [isFilled('{}'), isFilled('{"a":1}'), isFilled([]), isFilled(null)],
    [false, true, false, false],
  );
});

test('a pattern allows what its parts allow in order, and costs little however many it has', () => {
  const cases: readonly (readonly [pattern: string, name: string, is: boolean])[] = [
    ['openai/*', 'openai/a', true],
    ['openai/*', 'openai', false],
    ['*-mini', 'gpt-mini', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['a*a', 'a', false],
    ['ab*bc', 'abc', false],
    ['a**b', 'ab', true],
    ['*x*', 'axb', true],
    ['*x*x', 'ax', false],
    ['a.*', 'ab', false],
    ['a*', 'a\nb', true],
    [`${'*a'.repeat(30)}*b`, 'a'.repeat(200), false],
  ];
  for (const [pattern, name, is] of nonEmpty(cases)) {
    const { models } = modelLimits([[pattern]], [{ name, groups: [] }]);
    assert.deepEqual(models, is ? [name] : [], `${pattern} ${name}`);
  }
});

test('no budget allows more here than there', () => {
  const cases: readonly (readonly [duration: string | null, spend: number, quota: object])[] = [
    [null, 1, { unlimited: false, left: 500_000 }],
    [null, 3, { unlimited: false, left: 0 }],
    ['24h', 1, { unlimited: true, left: 0, period: { budget_quota: 1_000_000, budget_period: 'daily' } }],
    ['1mo', 1, { unlimited: true, left: 0, period: { budget_quota: 1_000_000, budget_period: 'monthly' } }],
    ['weekly', 1, { unlimited: true, left: 0, period: { budget_quota: 1_000_000, budget_period: 'weekly' } }],
    ['2d', 1, { unlimited: true, left: 0, period: { budget_quota: 1_000_000, budget_period: 'weekly' } }],
    ['60d', 1, { unlimited: true, left: 0, period: { budget_quota: 500_000, budget_period: 'monthly' } }],
    ['soon', 1, { unlimited: false, left: 500_000 }],
  ];
  for (const [budget_duration, spend, quota] of nonEmpty(cases)) {
    const row = { max_budget: 2, spend, budget_duration };
    assert.deepEqual(
      quotaOf({ name: 'k', row, budget: undefined }, new ImportNotes()),
      quota,
      String(budget_duration),
    );
  }
  assert.deepEqual(rateLimitsOf([{ rpm_limit: '7' }, { rpm_limit: 5, tpm_limit: null }]), { rpm_limit: 5 });
  assert.equal(rateLimitsOf([{ rpm_limit: 7 }, { rpm_limit: 0 }]), undefined);
  assert.equal(usedUnits({ spend: 0.1, total_spend: 2 }), 1_000_000);
});

test('names of accounts fit and are each there once, and a stored value is digested', () => {
  const names = new Usernames();
  const notes = new ImportNotes();
  assert.equal(names.make('Ann Example', 'a', notes), 'Ann-Example');
  assert.match(names.make('Ann Example', 'b', notes), /^Ann-Example-[0-9a-f]{8}$/);
  assert.match(names.make('root', 'c', notes), /^root-[0-9a-f]{8}$/);
  const long = names.make('x'.repeat(80), 'd', notes);
  assert.equal(long.length, 64);
  assert.match(names.make('\u200b', 'e', notes), /^-?[\w-]+$/);
  assert.match(digestOfRow({ token: 'sk-plain' }) ?? '', /^[0-9a-f]{64}$/);
  assert.equal(digestOfRow({ token: 'AB'.repeat(32) }), 'ab'.repeat(32));
  assert.equal(digestOfRow({ token: 'other' }), undefined);
});
