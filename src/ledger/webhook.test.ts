import assert from 'node:assert/strict';
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
