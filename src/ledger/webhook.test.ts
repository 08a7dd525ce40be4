import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { secretBytes, signatureOf } from './webhook.ts';

test('signatures are those of the Standard Webhooks scheme', () => {
  // The example that its reference libraries are tested with.
  const secret = secretBytes('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
  assert.equal(
    signatureOf(secret, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}'),
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  );
});

test('a secret without the prefix is the bytes of its text', () => {
  assert.deepEqual(secretBytes('a plain secret of 24 chars'), Buffer.from('a plain secret of 24 chars'));
  assert.deepEqual(secretBytes('whsec_AQID'), Buffer.from([1, 2, 3]));
});

test('the check that the documentation gives to receivers takes our messages and no others', async () => {
  const docs = readFileSync(new URL('../../docs/reference/limits-and-budgets.md', import.meta.url), 'utf8');
  const code = /```js\n([\s\S]*?)```/.exec(docs)?.[1] ?? '';
  const { isGenuine } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  const now = 1_800_000_000;
  for (const secret of ['a plain secret of 24 chars', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']) {
    const body = JSON.stringify({ type: 'budget.soft', name: 'né🔑' });
    const headers = (timestamp: number) => ({
      'webhook-id': 'notice_1_2',
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signatureOf(secretBytes(secret), 'notice_1_2', timestamp, body),
    });
    assert.equal(isGenuine(headers(now), Buffer.from(body), secret, now), true);
    assert.equal(isGenuine(headers(now), Buffer.from(`${body} `), secret, now), false);
    assert.equal(isGenuine({ ...headers(now), 'webhook-id': 'x' }, Buffer.from(body), secret, now), false);
    assert.equal(isGenuine(headers(now - 301), Buffer.from(body), secret, now), false);
    assert.equal(isGenuine({}, Buffer.from(body), secret, now), false);
  }
});
