/** Keys of channels to Amazon Bedrock. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HalleyError } from '../../platform/errors.ts';
import { readAwsKey } from './aws-keys.ts';

const id = 'AKIAIOSFODNN7EXAMPLE';
const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';

test('reads access keys, temporary credentials and API keys', () => {
  const accessKey = { form: 'access_key', accessKeyId: id, secretAccessKey };
  assert.deepEqual(readAwsKey(`${id}:${secretAccessKey}`), { ...accessKey, sessionToken: undefined });
  const sessionToken = 'AQoDYXdzEPT//////////wEXAMPLE==';
  assert.deepEqual(readAwsKey(`${id}:${secretAccessKey}:${sessionToken}`), { ...accessKey, sessionToken });
  assert.deepEqual(readAwsKey('ABSKQmVkcm9ja0FQSUtleQ=='), {
    form: 'api_key',
    value: 'ABSKQmVkcm9ja0FQSUtleQ==',
  });
});

test('refuses what is no key, without quoting it', () => {
  const keys = [
    `${id}:`,
    `${id}:short`,
    `${secretAccessKey}:${id}`,
    `${id}:${secretAccessKey}:`,
    `${id}:${secretAccessKey}:session token of some length`,
    `${id}:${secretAccessKey}:AQoDYXdzEPT//////////wEXAMPLE==:more`,
    `:${secretAccessKey}`,
  ];
  for (const key of keys) {
    assert.throws(
      () => readAwsKey(key),
      (error) =>
        error instanceof HalleyError &&
        error.code === 'invalid_value' &&
        error.param === 'keys' &&
        !error.message.includes(secretAccessKey),
      key,
    );
  }
});
