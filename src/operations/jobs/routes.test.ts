import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJobPath, jobRoutes, matchJob } from './routes.ts';

function match(method: string, path: string, query = '') {
  const found = matchJob(method, path, query);
  if (!found || 'allow' in found) return found;
  const { route, params } = found;
  return [route.vendor.name, 'action' in route ? route.action.name : route.call.kind, params];
}

test('method and path say what is meant, with what stands in place of names', () => {
  assert.deepEqual(match('POST', '/v1/videos'), ['videos', 'create', {}]);
  assert.deepEqual(match('POST', '/v1/videos/'), ['videos', 'create', {}]);
  assert.deepEqual(match('GET', '/v1/videos'), ['videos', 'list', {}]);
  assert.deepEqual(match('GET', '/v1/videos/job_1'), ['videos', 'fetch', { id: 'job_1' }]);
  assert.deepEqual(match('GET', '/v1/videos/a%20b/content'), undefined);
  assert.deepEqual(match('GET', '/v1/videos/job_1/content'), ['videos', 'content', { id: 'job_1' }]);
  assert.deepEqual(match('POST', '/v1/videos/job_1/remix'), ['videos', 'remix', { id: 'job_1' }]);
  assert.deepEqual(match('PATCH', '/v1/videos/job_1'), { allow: 'DELETE, GET' });
});

test('what is no path of jobs is none of theirs', () => {
  for (const path of [
    '/v1/video',
    '/v1/videos/a/b',
    '/v1/videos//',
    '/v1/videos/..',
    '/v1/videos/%2e%2e',
    '/v1/videos/%',
    '/',
  ]) {
    assert.equal(isJobPath(path), false, path);
  }
  assert.equal(isJobPath(`/v1/videos/${'x'.repeat(600)}`), false);
});

test('the key of the caller does not go on with the query', () => {
  const found = matchJob('GET', '/v1/videos/job_1', 'a=1&key=sk-secret');
  assert.equal(found && 'query' in found && found.query, 'a=1');
});

test('no two routes of one method have the same path', () => {
  const places = jobRoutes.map(({ method, path }) => `${method} ${path.replace(/\{[^}]+\}/g, '{}')}`);
  assert.deepEqual(places.toSorted(), [...new Set(places)].toSorted());
});
