/** What of an upstream's answer its clients may see. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownAnswer, statusWord } from './own-answer.ts';
import type { JobView } from './vendor.ts';

const view: JobView = {
  id: 'job_ours',
  action: 'create',
  model: 'm',
  state: 'running',
  progress: 0,
  failure: '',
  createdAt: 0,
  endedAt: undefined,
  originId: undefined,
  upstreamId: '5',
  answer: undefined,
  results: ['https://cdn.example/1'],
  result: (url) => (url === 'https://cdn.example/1' ? 'https://ours.example/0' : url),
  link: (path) => path,
};
const own = (answer: JobView['answer']) => ownAnswer({ ...view, answer });

test('the id of the upstream is replaced where ids stand, at any depth, and nowhere else', () => {
  const answer = {
    id: '5',
    duration: '5',
    n: 5,
    data: { task_id: 5, taskId: '5', seconds: 5, inner: [{ request_id: '5', ids: ['5'] }] },
    result: '5',
    other_id: '55',
  };
  assert.deepEqual(own(answer), {
    id: 'job_ours',
    duration: '5',
    n: 5,
    data: {
      task_id: 'job_ours',
      taskId: 'job_ours',
      seconds: 5,
      inner: [{ request_id: 'job_ours', ids: ['job_ours'] }],
    },
    result: 'job_ours',
    other_id: '55',
  });
});

test('results have our URLs; the path by which the upstream calls back is left out', () => {
  const callback_url = 'https://ours.example/v1/jobs/job_ours/callback/signature';
  assert.deepEqual(own({ a: ['https://cdn.example/1', 'https://cdn.example/2'], callback_url }), {
    a: ['https://ours.example/0', 'https://cdn.example/2'],
    callback_url: '',
  });
});

test('nesting without end is cut, and what is missing is empty', () => {
  let deep: Record<string, unknown> = { id: '5' };
  for (let at = 0; at < 20_000; at += 1) deep = { next: deep, id: '5' };
  assert.equal(JSON.stringify(own(deep)).includes('"5"'), false);
  assert.deepEqual(own(undefined), {});
});

test("the upstream's word stays while it means what the job is", () => {
  const table = { running: ['queued'], succeeded: ['done'], failed: ['no'] };
  const words = { running: 'processing', succeeded: 'done', failed: 'failed' };
  const word = (given: unknown, state: JobView['state']) =>
    statusWord(table, words, { ...view, state }, given);
  assert.deepEqual(
    [word('queued', 'running'), word('new-word', 'running'), word('', 'running'), word(undefined, 'running')],
    ['queued', 'new-word', 'processing', 'processing'],
  );
  assert.deepEqual(
    [word('no', 'failed'), word('queued', 'failed'), word('done', 'failed')],
    ['no', 'failed', 'failed'],
  );
});
