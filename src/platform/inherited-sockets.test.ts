import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inheritedSockets } from './inherited-sockets.ts';
import { SettingsError } from './settings/load.ts';

const none = { main: undefined, metrics: undefined };

test('uses one socket to listen and one named metrics for metrics, in any order', () => {
  assert.deepEqual(inheritedSockets({ LISTEN_FDS: '1', LISTEN_PID: '42' }, 42), {
    main: 3,
    metrics: undefined,
  });
  const two = { LISTEN_FDS: '2', LISTEN_PID: '42' };
  assert.deepEqual(inheritedSockets({ ...two, LISTEN_FDNAMES: 'halley.socket:metrics' }, 42), {
    main: 3,
    metrics: 4,
  });
  assert.deepEqual(inheritedSockets({ ...two, LISTEN_FDNAMES: 'metrics:halley.socket' }, 42), {
    main: 4,
    metrics: 3,
  });
});

test('ignores sockets for another process', () => {
  assert.deepEqual(inheritedSockets({}, 42), none);
  assert.deepEqual(inheritedSockets({ LISTEN_FDS: '1', LISTEN_PID: '41' }, 42), none);
  assert.deepEqual(inheritedSockets({ LISTEN_FDS: '1' }, 42), none);
});

test('refuses to start with ambiguous sockets', () => {
  for (const given of [
    { LISTEN_FDS: '2' },
    { LISTEN_FDS: '0' },
    { LISTEN_FDS: 'x' },
    { LISTEN_FDS: '1', LISTEN_FDNAMES: 'metrics' },
    { LISTEN_FDS: '3', LISTEN_FDNAMES: 'one:metrics:metrics' },
  ]) {
    assert.throws(() => inheritedSockets({ ...given, LISTEN_PID: '42' }, 42), SettingsError);
  }
});
