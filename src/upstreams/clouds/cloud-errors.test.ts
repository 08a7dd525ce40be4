/** What errors of Amazon Bedrock and Vertex AI mean, once they have the form of a protocol. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProtocolName } from '../../domain/protocol-name.ts';
import { readErrorBody } from '../../protocols/upstream/error-facts.ts';
import { type ErrorMeaning, meaningOf } from '../../protocols/upstream/error-rules.ts';
import { errorInProtocol } from './aws-errors.ts';
import { googleErrorInProtocol } from './google-errors.ts';

type Case = readonly [status: number, code: string, message: string, meaning: ErrorMeaning];

// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html#API_runtime_InvokeModel_Errors
// and https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html
const bedrock: readonly Case[] = [
  [
    403,
    'AccessDeniedException',
    'User: arn:aws:iam::1:user/x is not authorized to perform: bedrock:InvokeModel',
    'credentials',
  ],
  [
    403,
    'AccessDeniedException',
    "You don't have access to the model with the specified model ID.",
    'model_refused',
  ],
  [
    403,
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
    'credentials',
  ],
  [
    403,
    'InvalidSignatureException',
    'Signature expired: 20150830T123600Z is now earlier than …',
    'credentials',
  ],
  [403, 'ExpiredTokenException', 'The security token included in the request is expired', 'credentials'],
  [
    400,
    'IncompleteSignatureException',
    'Credential must have exactly 5 slash-delimited elements',
    'credentials',
  ],
  [429, 'ThrottlingException', 'Too many requests, please wait before trying again.', 'busy'],
  [429, 'ModelNotReadyException', 'The model is not ready for inference.', 'busy'],
  [400, 'ServiceQuotaExceededException', 'Your request exceeds the service quota for your account.', 'busy'],
  [400, 'ValidationException', 'messages: roles must alternate', 'own'],
  [400, 'ValidationException', 'The provided model identifier is invalid.', 'no_model'],
  [
    400,
    'ValidationException',
    "Invocation of model ID x with on-demand throughput isn't supported.",
    'no_model',
  ],
  [404, 'ResourceNotFoundException', 'Could not resolve the foundation model', 'no_model'],
  [408, 'ModelTimeoutException', 'The request took too long to process.', 'failed'],
  [424, 'ModelErrorException', 'The request failed due to an error while processing the model.', 'failed'],
  [500, 'InternalServerException', 'An internal server error occurred.', 'failed'],
  [503, 'ServiceUnavailableException', "The service isn't currently available.", 'failed'],
];

for (const [status, code, message, meaning] of bedrock) {
  test(`Bedrock: ${status} ${code} "${message.slice(0, 40)}" is ${meaning}`, () => {
    for (const protocol of ['anthropic', 'openai'] as const) {
      for (const [headers, body] of [
        [{ 'x-amzn-errortype': `${code}:http://internal.amazon.com/coral/` }, { message }],
        [{}, { __type: `com.amazon.coral.service#${code}`, Message: message }],
      ] as const) {
        const written = errorInProtocol(protocol, headers, Buffer.from(JSON.stringify(body)));
        const value: unknown = JSON.parse(written.toString());
        assert.equal(meaningOf(protocol, status, readErrorBody(value)), meaning, `${protocol} ${written}`);
      }
    }
  });
}

// https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/api-errors
const vertex: readonly Case[] = [
  [400, 'INVALID_ARGUMENT', 'Invalid JSON payload received.', 'own'],
  [403, 'PERMISSION_DENIED', "Permission 'aiplatform.endpoints.predict' denied on resource", 'credentials'],
  [
    404,
    'NOT_FOUND',
    'Publisher Model `projects/p/locations/l/publishers/anthropic/models/m` was not found.',
    'no_model',
  ],
  [
    429,
    'RESOURCE_EXHAUSTED',
    'Quota exceeded for aiplatform.googleapis.com/online_prediction_requests',
    'busy',
  ],
  [503, 'UNAVAILABLE', 'The service is currently unavailable.', 'failed'],
];

for (const [status, code, message, meaning] of vertex) {
  test(`Vertex AI: ${status} ${code} is ${meaning}, alone and in a list`, () => {
    const error = { error: { code: status, status: code, message } };
    const protocols: readonly ProtocolName[] = ['anthropic', 'openai', 'gemini'];
    for (const protocol of protocols) {
      for (const body of [error, [error]]) {
        const written = googleErrorInProtocol(protocol, Buffer.from(JSON.stringify(body)));
        const value: unknown = JSON.parse(written.toString());
        assert.equal(meaningOf(protocol, status, readErrorBody(value)), meaning, `${protocol} ${written}`);
      }
    }
  });
}

test('an error that has the form of its protocol stays as it is', () => {
  const anthropic = Buffer.from('{"type":"error","error":{"type":"invalid_request_error","message":"x"}}');
  assert.equal(errorInProtocol('anthropic', {}, anthropic), anthropic);
  assert.equal(googleErrorInProtocol('anthropic', anthropic), anthropic);
  const page = Buffer.from('<html>Bad gateway</html>');
  assert.equal(googleErrorInProtocol('anthropic', page), page);
  assert.equal(errorInProtocol('anthropic', {}, page), page);
});
