/** Signatures for AWS: its published examples, and an implementation of the description. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { verifyAwsSignature } from '../../../tests/support/aws-verifier.ts';
import { systemClock } from '../../platform/clock.ts';
import { awsSignature, type SignableRequest } from './aws-signature.ts';
import { payloadHash } from './payload-hash.ts';

const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const accessKey = { form: 'access_key', accessKeyId: 'AKIDEXAMPLE', secretAccessKey } as const;
const scope = { service: 'service', region: 'us-east-1' };
const now = Date.UTC(2015, 7, 30, 12, 36, 0);
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const sessionToken =
  'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==';

const plain: SignableRequest = {
  method: 'GET',
  origin: 'https://example.amazonaws.com',
  path: '/',
  headers: ['user-agent', 'not signed', 'accept-encoding', 'identity'],
  payloadHash: sha256(''),
};

// https://docs.aws.amazon.com/general/latest/gr/signature-v4-test-suite.html
const published: readonly (readonly [
  string,
  Partial<SignableRequest>,
  string | undefined,
  string,
  string,
])[] = [
  [
    'get-vanilla',
    {},
    undefined,
    'host;x-amz-date',
    '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  ],
  [
    'get-vanilla-query-order-key-case',
    { path: '/?Param2=value2&Param1=value1' },
    undefined,
    'host;x-amz-date',
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
  [
    'post-vanilla',
    { method: 'POST' },
    undefined,
    'host;x-amz-date',
    '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  ],
  [
    'post-x-www-form-urlencoded',
    {
      method: 'POST',
      headers: ['Content-Type', 'application/x-www-form-urlencoded'],
      payloadHash: sha256('Param1=value1'),
    },
    undefined,
    'content-type;host;x-amz-date',
    'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  ],
  [
    'post-sts-header-before',
    { method: 'POST' },
    sessionToken,
    'host;x-amz-date;x-amz-security-token',
    '85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead',
  ],
];

for (const [name, request, token, names, signature] of published) {
  test(`signs as AWS's example ${name}`, async () => {
    const key = { ...accessKey, sessionToken: token };
    assert.deepEqual(await awsSignature({ ...plain, ...request }, key, scope, now), {
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${names}, Signature=${signature}`,
      'x-amz-date': '20150830T123600Z',
      ...(token !== undefined && { 'x-amz-security-token': token }),
    });
  });
}

test('signs what an implementation of the description accepts, with every model id in the path', async () => {
  const text = fc.string({ maxLength: 12, unit: fc.constantFrom(..."aZ09-._~:/ +%@!*()'é&=".split('')) });
  await fc.assert(
    fc.asyncProperty(
      text,
      text,
      text,
      fc.option(fc.constant('session+/=='), { nil: undefined }),
      async (...values) => {
        const [model, body, header, token] = values;
        const url = `/model/${encodeURIComponent(`a${model}`)}/invoke`;
        const latin1 = header.replaceAll('é', '');
        const headers = ['content-type', 'application/json', 'X-Amzn-Bedrock-Trace', latin1];
        const request = { ...plain, method: 'POST', path: url, headers, payloadHash: sha256(body) };
        const added = await awsSignature(request, { ...accessKey, sessionToken: token }, scope, now);
        const received = {
          method: 'POST',
          url,
          headers: {
            host: 'example.amazonaws.com',
            'content-type': 'application/json',
            'x-amzn-bedrock-trace': latin1,
            ...added,
          },
          body: Buffer.from(body),
        };
        assert.deepEqual(
          verifyAwsSignature(received, () => secretAccessKey),
          scope,
        );
        const other = { ...received, body: Buffer.from(`${body} `) };
        assert.equal(
          verifyAwsSignature(other, () => secretAccessKey),
          'the signature does not match',
        );
      },
    ),
    { numRuns: 100 },
  );
});

test('hashes a body of any number and size of pieces', async () => {
  const pieces = [0, 1, 524_287, 524_289, 1_600_000].map((size, index) => Buffer.alloc(size, index));
  const whole = createHash('sha256').update(Buffer.concat(pieces)).digest('hex');
  assert.equal(await payloadHash(pieces, systemClock), whole);
  assert.equal(await payloadHash([], systemClock), sha256(''));
});

test('hashes a large body over several turns of the event loop', async () => {
  let turns = 0;
  const count = () => {
    turns += 1;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count);
  await payloadHash([Buffer.alloc(8_388_608)], systemClock);
  clearImmediate(counting);
  assert.ok(turns >= 14, `${turns} turns`);
});
