/** A trace that fails everywhere is in the way of nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestTrace } from '../observe/request-trace.ts';
import { guardedTraces } from './guarded-trace.ts';

const fails = (): never => {
  throw new Error('broken');
};
const request = { req: { headers: {} }, path: '/v1/chat/completions', startedAt: 0 };

test('nothing of a trace throws into its request, and each fault is reported', () => {
  const faults: unknown[] = [];
  const broken: RequestTrace = {
    traceId: 'ab',
    get takesContent() {
      return fails();
    },
    begin: fails,
    upstreamHeaders: fails,
    request: fails,
    response: fails,
    child: fails,
    end: fails,
  };
  const trace = guardedTraces(
    () => broken,
    (error) => faults.push(error),
  )(request) as RequestTrace;
  const headers = ['accept', '*/*'];
  assert.equal(trace.traceId, 'ab');
  assert.equal(trace.takesContent, false);
  trace.begin(0, {} as never, 'openai');
  assert.equal(trace.upstreamHeaders(headers), headers);
  trace.request([]);
  trace.response(Buffer.alloc(1));
  assert.equal(trace.child(0), undefined);
  trace.end({} as never, {} as never);
  assert.equal(faults.length, 7);
  assert.equal(guardedTraces(fails, (error) => faults.push(error))(request), undefined);
  assert.equal(faults.length, 8);
});
