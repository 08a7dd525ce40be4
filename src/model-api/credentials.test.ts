import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { withoutKey } from '../operations/query.ts';
import { findCredential } from './credentials.ts';

describe('findCredential', () => {
  it('takes the key from every place, in every form', () => {
    const forms: [Record<string, string>, string][] = [
      [{ authorization: 'Bearer sk-a' }, ''],
      [{ authorization: 'bearer   sk-a ' }, ''],
      [{ authorization: 'BEARER sk-a' }, ''],
      [{ authorization: 'sk-a' }, ''],
      [{ 'x-api-key': 'sk-a' }, ''],
      [{ 'x-goog-api-key': ' sk-a ' }, ''],
      [{}, 'key=sk-a'],
      [{}, 'alt=sse&key=sk%2Da&x=1'],
      [{}, '%6bey=sk-a'],
      [{ 'mj-api-secret': 'sk-a' }, ''],
      [{ 'mj-api-secret': 'Bearer sk-a', authorization: 'midjourney-proxy' }, ''],
      [{ 'mj-api-secret': 'sk-a', authorization: 'Bearer midjourney-proxy' }, ''],
      [{ 'sec-websocket-protocol': 'realtime, openai-insecure-api-key.sk-a, openai-beta.realtime-v1' }, ''],
      [{ 'sec-websocket-protocol': 'openai-insecure-api-key.sk-a' }, ''],
    ];
    for (const [headers, query] of forms) {
      assert.equal(findCredential(headers, query), 'sk-a', JSON.stringify([headers, query]));
    }
  });

  it('finds nothing where there is nothing', () => {
    const empty: [Record<string, string>, string][] = [
      [{}, ''],
      [{ authorization: '' }, 'key='],
      [{ authorization: 'Bearer' }, 'key'],
      [{ authorization: ' Bearer  ', 'x-api-key': ' ' }, 'Key=sk-a&monkey=sk-a'],
      [{ 'sec-websocket-protocol': 'realtime, openai-insecure-api-key.' }, ''],
    ];
    for (const [headers, query] of empty) assert.equal(findCredential(headers, query), undefined);
  });

  it('ignores mj-api-secret when Authorization has a key', () => {
    assert.equal(findCredential({ authorization: 'Bearer sk-a', 'mj-api-secret': 'sk-b' }, ''), 'sk-a');
  });

  it('lets the strongest place that is not empty decide alone', () => {
    const places = ['google', 'query', 'anthropic', 'realtime', 'authorization'] as const;
    const value = fc.option(fc.constantFrom('', 'K'), { nil: undefined });
    const all = fc.record({
      google: value,
      query: value,
      anthropic: value,
      realtime: value,
      authorization: value,
    });
    fc.assert(
      fc.property(all, (sent) => {
        const text = (place: (typeof places)[number]) => (sent[place] === 'K' ? `key-of-${place}` : '');
        const headers = {
          ...(sent.google !== undefined && { 'x-goog-api-key': text('google') }),
          ...(sent.anthropic !== undefined && { 'x-api-key': text('anthropic') }),
          ...(sent.realtime !== undefined && {
            'sec-websocket-protocol': `openai-insecure-api-key.${text('realtime')}`,
          }),
          ...(sent.authorization !== undefined && { authorization: `Bearer ${text('authorization')}` }),
        };
        const query = sent.query === undefined ? '' : `key=${text('query')}`;
        const strongest = places.find((place) => sent[place] === 'K');
        assert.equal(findCredential(headers, query), strongest && `key-of-${strongest}`);
      }),
    );
  });

  it('never throws on any query', () => {
    fc.assert(fc.property(fc.string(), (query) => void findCredential({}, query)));
    assert.equal(findCredential({}, 'key=%E0%A4%A'), '%E0%A4%A');
  });
});

describe('withoutKey', () => {
  it('removes every form of the key parameter and leaves the rest as it came', () => {
    assert.equal(withoutKey('key=a&alt=sse&KEY=b&%6Bey=c&beta=true&key&x=%2F'), 'alt=sse&beta=true&x=%2F');
    assert.equal(withoutKey('key=a'), '');
    assert.equal(withoutKey('alt=sse'), 'alt=sse');
  });

  it('leaves nothing that would be taken for a key', () => {
    const part = fc.oneof(
      fc.constantFrom('key=a', '%6bey=a', 'k%65y', 'alt=sse', '+key=b', 'x=key=1'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        assert.equal(findCredential({}, withoutKey(parts.join('&'))), undefined);
      }),
    );
  });
});
