import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';
import { RequestTimeline } from './request-timeline.ts';

/** A timeline whose clock goes on by so many milliseconds before each step. */
function begun() {
  const clock = new ManualClock();
  clock.advance(500);
  const timeline = new RequestTimeline(clock, clock.monotonic());
  const after = (ms: number) => {
    clock.advance(ms);
    return timeline;
  };
  return { timeline, after };
}

const target = (channelId: number, keyNumber = 1) => ({
  ...{ channelId, channelName: `c${channelId}`, keyNumber },
  ...{ kind: 'openai', origin: 'https://upstream.example', model: 'm' },
});

test('each phase and each step of a try stands at its milliseconds from the arrival', () => {
  const { after } = begun();
  after(2).authorized();
  after(3).bodyRead();
  after(0.4).admitted();
  after(1).begin(target(7, 2));
  after(10).sent();
  after(20).responded(503);
  after(0).resultOf('failed');
  after(5).begin(target(8));
  after(1).sent();
  after(30).responded(200);
  const streaming = after(1);
  streaming.byteCame();
  assert.equal(Math.round(streaming.firstByteMs ?? 0), 73);
  after(100).byteCame();
  after(0).resultOf('own');
  after(50).close(true);
  assert.deepEqual(after(4).course(), {
    ...{ authorizedMs: 2, readMs: 5, admittedMs: 5, settledMs: 227 },
    tries: [
      {
        ...{ channelId: 7, channelName: 'c7', keyNumber: 2, status: 503, result: 'failed' },
        ...{ startMs: 6, sentMs: 16, firstByteMs: -1, endMs: 41 },
      },
      {
        ...{ channelId: 8, channelName: 'c8', keyNumber: 1, status: 200, result: 'ok' },
        ...{ startMs: 41, sentMs: 42, firstByteMs: 73, endMs: 223 },
      },
    ],
  });
});

const resultAfter = (steps: (timeline: RequestTimeline) => void) => {
  const { timeline } = begun();
  timeline.begin(target(1));
  steps(timeline);
  return timeline.course().tries.at(-1)?.result;
};

test('a try says how it ended: refused for what the request is, answered, or ended from this side', () => {
  assert.equal(
    resultAfter((timeline) => {
      timeline.responded(400);
      timeline.resultOf('own');
    }),
    'request_refused',
  );
  assert.equal(
    resultAfter((timeline) => {
      timeline.responded(200);
      timeline.close(true);
    }),
    'ok',
  );
  assert.equal(
    resultAfter((timeline) => timeline.close(false)),
    'ended',
  );
  assert.equal(
    resultAfter((timeline) => {
      timeline.failed('connect_failed');
      timeline.close(false);
    }),
    'unreachable',
  );
});

test('a request that was never sent has no tries, and what it did not reach is -1', () => {
  const { after } = begun();
  after(1).authorized();
  const course = after(1).course();
  assert.deepEqual(course, { authorizedMs: 1, readMs: -1, admittedMs: -1, settledMs: 2, tries: [] });
});

test('a record names a bounded number of tries, the last one among them', () => {
  const { timeline } = begun();
  for (let channel = 1; channel <= limits.record_tries_max + 5; channel += 1) timeline.begin(target(channel));
  const { tries } = timeline.course();
  assert.equal(tries.length, limits.record_tries_max);
  assert.equal(tries.at(0)?.channelId, 1);
  assert.equal(tries.at(-1)?.channelId, limits.record_tries_max + 5);
});
