import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReasoningRequest } from '../form/request.ts';
import { Losses } from '../losses.ts';
import { familyOf } from './families.ts';
import { type ThinkingPlace, thinkingField, thinkingFor } from './thinking.ts';

const asked = (more: Partial<ReasoningRequest>): ReasoningRequest => ({
  effort: undefined,
  budgetTokens: undefined,
  isShown: undefined,
  ...more,
});

function ask(model: string, more: Partial<ReasoningRequest> | undefined, place: Partial<ThinkingPlace> = {}) {
  const losses = new Losses('strict', 'messages');
  const whole = { maxTokens: 64_000, forcesTool: false, goesOnUnthought: false, ...place };
  const thinking = thinkingFor(more && asked(more), familyOf(model), whole, losses);
  return [thinkingField(thinking), thinking.effort, losses.dropped.length > 0] as const;
}

describe('how a model is asked to think', () => {
  it('says nothing where the client says nothing', () => {
    assert.deepEqual(ask('claude-opus-5-5', undefined), [undefined, undefined, false]);
    assert.deepEqual(ask('claude-opus-5', undefined), [undefined, undefined, false]);
    assert.deepEqual(ask('claude-sonnet-4-5', {}), [undefined, undefined, false]);
  });

  it('writes efforts for models that have them, and keeps xhigh and max', () => {
    for (const effort of ['low', 'medium', 'high', 'xhigh', 'max'] as const) {
      assert.deepEqual(ask('claude-opus-4-8', { effort }), [{ type: 'adaptive' }, effort, false]);
    }
    assert.deepEqual(ask('claude-opus-4-8', { effort: 'minimal' }), [{ type: 'adaptive' }, 'low', false]);
  });

  it('lowers an effort that the model lacks, with a signal', () => {
    assert.deepEqual(ask('claude-opus-4-6', { effort: 'xhigh' }), [{ type: 'adaptive' }, 'high', true]);
    assert.deepEqual(ask('claude-opus-4-6', { effort: 'max' }), [{ type: 'adaptive' }, 'max', false]);
  });

  it('writes budgets for older models, within max_tokens', () => {
    const budget = (budget_tokens: number) => ({ type: 'enabled', budget_tokens });
    assert.deepEqual(ask('claude-sonnet-4-5', { effort: 'medium' }), [budget(8192), undefined, false]);
    assert.deepEqual(ask('claude-sonnet-4-5', { effort: 'high' }, { maxTokens: 5000 }), [
      budget(4000),
      undefined,
      false,
    ]);
    assert.deepEqual(ask('claude-opus-4-5', { effort: 'high' }), [budget(16_384), 'high', false]);
    assert.deepEqual(ask('claude-sonnet-4-5', { budgetTokens: -1 }), [budget(8192), undefined, false]);
  });

  it('signals when a budget of the client is changed', () => {
    const changed = (budget: number, maxTokens: number) =>
      ask('claude-sonnet-4-5', { budgetTokens: budget }, { maxTokens });
    assert.deepEqual(changed(3000, 5000), [{ type: 'enabled', budget_tokens: 3000 }, undefined, false]);
    assert.deepEqual(changed(9000, 5000), [{ type: 'enabled', budget_tokens: 4999 }, undefined, true]);
    assert.deepEqual(changed(100, 5000), [{ type: 'enabled', budget_tokens: 1024 }, undefined, true]);
    assert.deepEqual(changed(100, 500), [{ type: 'disabled' }, undefined, true]);
  });

  it('takes budgets for efforts at models that know no budget', () => {
    assert.deepEqual(ask('claude-opus-5', { budgetTokens: 1024 })[1], 'low');
    assert.deepEqual(ask('claude-opus-5', { budgetTokens: 10_000 })[1], 'high');
    assert.deepEqual(ask('claude-opus-5', { budgetTokens: 500_000 })[1], 'max');
    assert.deepEqual(ask('claude-opus-5', { budgetTokens: -1 }), [{ type: 'adaptive' }, undefined, false]);
  });

  it('turns thinking off by what the model has for it', () => {
    for (const off of [{ effort: 'none' }, { budgetTokens: 0 }] as const) {
      assert.deepEqual(ask('claude-opus-4-7', off), [{ type: 'disabled' }, undefined, false]);
      assert.deepEqual(ask('claude-sonnet-5-5', off), [{ type: 'between_tools' }, undefined, false]);
      assert.deepEqual(ask('claude-opus-5-5', off), [undefined, 'low', true]);
      assert.deepEqual(ask('claude-3-5-haiku-20241022', off), [undefined, undefined, false]);
    }
  });

  it('signals that a model cannot think', () => {
    assert.deepEqual(ask('claude-3-5-sonnet-20241022', { effort: 'high' }), [undefined, undefined, true]);
  });

  it('does not think where a tool is forced', () => {
    const forced = { forcesTool: true };
    assert.deepEqual(ask('claude-opus-4-7', { effort: 'high' }, forced), [
      { type: 'disabled' },
      undefined,
      true,
    ]);
    assert.deepEqual(ask('claude-opus-5', undefined, forced), [{ type: 'disabled' }, undefined, false]);
    assert.deepEqual(ask('claude-opus-4-7', undefined, forced), [undefined, undefined, false]);
  });

  it('does not begin to think with a budget in the middle of a turn', () => {
    const place = { goesOnUnthought: true };
    assert.deepEqual(ask('claude-sonnet-4-5', { effort: 'high' }, place), [
      { type: 'disabled' },
      undefined,
      true,
    ]);
    assert.deepEqual(ask('claude-opus-4-7', { effort: 'high' }, place), [
      { type: 'adaptive' },
      'high',
      false,
    ]);
  });

  it('shows the thinking if asked: the newest models hide it otherwise', () => {
    const shown = { type: 'adaptive', display: 'summarized' };
    assert.deepEqual(ask('claude-opus-4-7', { effort: 'low', isShown: true })[0], shown);
    assert.deepEqual(ask('claude-opus-5-5', { isShown: true })[0], shown);
    assert.deepEqual(ask('claude-opus-4-7', { isShown: true })[0], undefined);
    assert.deepEqual(ask('claude-opus-4-7', { effort: 'low', isShown: false })[0], {
      type: 'adaptive',
      display: 'omitted',
    });
  });
});
