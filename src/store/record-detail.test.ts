import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../tests/support/non-empty.ts';
import { noCourse } from '../domain/request-course.ts';
import { decodeDetail, emptyDetail, encodeDetail, placeOf } from './record-detail.ts';

const course = { ...noCourse, settledMs: 7 };

/** A detail whose members all differ. */
const members = Object.keys(emptyDetail) as (keyof typeof emptyDetail)[];
const distinct = { ...emptyDetail, ...Object.fromEntries(members.map((name, at) => [name, at + 1])), course };

test('each member of a record is encoded at its place and decoded from it', () => {
  const encoded: unknown[] = JSON.parse(encodeDetail(distinct));
  for (const member of nonEmpty(members.filter((name) => name !== 'course')))
    assert.equal(encoded[placeOf(member)], distinct[member], member);
  assert.equal(encoded.length, members.length);
  assert.deepEqual(decodeDetail(encodeDetail(distinct)), distinct);
});

test('a member that was added after a record was written is empty', () => {
  const [username] = JSON.parse(encodeDetail(distinct));
  assert.deepEqual(decodeDetail(JSON.stringify([username])), { ...emptyDetail, username });
});
