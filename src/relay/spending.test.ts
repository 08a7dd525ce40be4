import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestOutcome } from '../domain/request-outcome.ts';
import { noToolCalls, noUsage, type Usage } from '../domain/usage.ts';
import { noReport } from '../protocols/usage/usage-reader.ts';
import { spendingOf } from './spending.ts';

const usage = { ...noUsage, inputTokens: 5, outputTokens: 3 };
const inputOnly = { ...noUsage, inputTokens: 5 };
const whole = { usage, outputMissing: false, responseId: '', tier: '', toolCalls: noToolCalls };
const begun = { usage: inputOnly, outputMissing: true, responseId: '', tier: '', toolCalls: noToolCalls };
/** All but `error`, of which the client has nothing else. */
const endings: readonly RequestOutcome[] = [
  'done',
  'cut',
  'client_gone',
  'client_stalled',
  'upstream_broken',
];

function pipeline(text: string, useful = true) {
  return { useful, output: () => ({ text, images: 0 }) };
}

test('what was reported is charged however the request ended', () => {
  for (const outcome of endings) {
    assert.deepEqual(spendingOf({ outcome, pipeline: pipeline('', false), report: whole }), {
      kind: 'reported',
      usage,
    });
  }
});

test('without an answer, or with an empty one, it is free', () => {
  for (const outcome of endings) {
    assert.deepEqual(spendingOf({ outcome, pipeline: undefined, report: noReport }), { kind: 'free' });
    assert.deepEqual(spendingOf({ outcome, pipeline: pipeline('', false), report: noReport }), {
      kind: 'free',
    });
  }
});

test('output that came is counted, beside the input where that was reported', () => {
  for (const outcome of endings) {
    assert.deepEqual(spendingOf({ outcome, pipeline: pipeline('text'), report: noReport }), {
      kind: 'count',
      reported: undefined,
      outputMissing: true,
    });
    assert.deepEqual(spendingOf({ outcome, pipeline: pipeline('text'), report: begun }), {
      kind: 'count',
      reported: inputOnly,
      outputMissing: true,
    });
  }
});

test('an input of nothing is no report of it, unless pictures alone are counted', () => {
  const outputOnly = { ...noUsage, outputTokens: 3 };
  const spendingOn = (reported: Usage) =>
    spendingOf({ outcome: 'done', pipeline: pipeline(''), report: { ...whole, usage: reported } });
  assert.deepEqual(spendingOn(outputOnly), { kind: 'count', reported: outputOnly, outputMissing: false });
  assert.equal(spendingOn({ ...noUsage, images: 1 }).kind, 'reported');
});

test('no output is free when the upstream failed, and not when a client or a right ended it', () => {
  for (const outcome of endings) {
    const { kind } = spendingOf({ outcome, pipeline: pipeline(''), report: begun });
    assert.equal(kind, outcome === 'upstream_broken' ? 'free' : 'count', outcome);
  }
});

test('an error in the place of the whole answer is free, whatever had come from the upstream', () => {
  for (const report of [whole, begun, noReport]) {
    const spending = spendingOf({ outcome: 'error', pipeline: pipeline('text'), report });
    assert.deepEqual(spending, { kind: 'free' });
  }
});

test('an error in place of output is free, though the answer came to its end', () => {
  const { kind } = spendingOf({ outcome: 'done', pipeline: pipeline('', false), report: begun });
  assert.equal(kind, 'free');
});
