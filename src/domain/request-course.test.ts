import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeCourse, encodeCourse, noCourse, type RequestCourse, tryResults } from './request-course.ts';

const ms = fc.integer({ min: -1, max: 1e9 });

const plain = { noNullPrototype: true } as const;
const tries = fc.record(
  {
    channelId: fc.nat(),
    channelName: fc.string(),
    keyNumber: fc.nat(),
    status: fc.nat(599),
    result: fc.constantFrom(...tryResults),
    startMs: ms,
    sentMs: ms,
    firstByteMs: ms,
    endMs: ms,
  },
  plain,
);
const courses: fc.Arbitrary<RequestCourse> = fc.record(
  {
    authorizedMs: ms,
    readMs: ms,
    admittedMs: ms,
    settledMs: ms,
    tries: fc.array(tries, { maxLength: 12 }),
  },
  plain,
);

const throughJson = (course: RequestCourse) =>
  decodeCourse(JSON.parse(JSON.stringify(encodeCourse(course))) as unknown[]);

test('a course comes back as it was', () => {
  fc.assert(fc.property(courses, (course) => assert.deepEqual(throughJson(course), course)));
  assert.deepEqual(throughJson(noCourse), noCourse);
});

test('a course of a later version is read as far as it is known', () => {
  const later = [1, 2, 3, 4, [5, 'name', 1, 200, 'of-a-later-version', 6, 7, 8, 9, 'more'], { more: true }];
  assert.deepEqual(decodeCourse(later), {
    ...{ authorizedMs: 1, readMs: 2, admittedMs: 3, settledMs: 4 },
    tries: [
      {
        ...{ channelId: 5, channelName: 'name', keyNumber: 1, status: 200, result: 'failed' },
        ...{ startMs: 6, sentMs: 7, firstByteMs: 8, endMs: 9 },
      },
    ],
  });
});
