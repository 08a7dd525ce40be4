import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { familyOf } from './families.ts';

describe('families of Claude models', () => {
  const thinking: readonly (readonly [string, string, string])[] = [
    ['claude-3-5-sonnet-20241022', 'none', 'disabled'],
    ['claude-2.1', 'none', 'disabled'],
    ['claude-3-7-sonnet-20250219', 'budget', 'disabled'],
    ['claude-sonnet-4-20250514', 'budget', 'disabled'],
    ['anthropic.claude-haiku-4-5-20251001-v1:0', 'budget', 'disabled'],
    ['claude-opus-4-5@20251101', 'budget', 'disabled'],
    ['claude-opus-4.6', 'adaptive', 'disabled'],
    ['claude-opus-4-7-20260416', 'adaptive', 'disabled'],
    ['claude-opus-5', 'adaptive', 'disabled'],
    ['claude-sonnet-5-5', 'adaptive', 'between_tools'],
    ['claude-haiku-5-5', 'adaptive', 'disabled'],
    ['claude-opus-5-5', 'adaptive', 'never'],
    ['claude-fable-5-1', 'adaptive', 'never'],
    ['claude-mythos-preview', 'adaptive', 'never'],
    ['kimi-k3', 'budget', 'disabled'],
  ];
  for (const [model, form, off] of thinking) {
    it(`${model}: thinking ${form}, off ${off}`, () => {
      const family = familyOf(model);
      assert.deepEqual([family.thinking, family.off], [form, off]);
    });
  }

  it('sampling goes from all over one of the two to none', () => {
    const models = [
      'claude-sonnet-4-20250514',
      'claude-opus-4-1-20250805',
      'claude-opus-4-6',
      'claude-opus-4-7',
    ];
    assert.deepEqual(
      models.map((model) => familyOf(model).sampling),
      ['all', 'one', 'one', 'none'],
    );
  });

  it('prefill ends with 4.6, system turns begin with Opus 4.8', () => {
    const models = [
      'claude-opus-4-5',
      'claude-opus-4-6',
      'claude-opus-4-8',
      'claude-sonnet-5',
      'claude-sonnet-5-5',
    ];
    assert.deepEqual(
      models.map((model) => [familyOf(model).prefill, familyOf(model).systemTurns]),
      [
        [true, 'user'],
        [false, 'user'],
        [false, 'system'],
        [false, 'user'],
        [false, 'system'],
      ],
    );
  });
});
