/** What vendors' real errors mean. Sources stand beside the bodies. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import type { ProtocolName } from '../../domain/protocol-name.ts';
import { readError, readErrorBody } from './error-facts.ts';
import { type ErrorMeaning, meaningOf, meaningOfStatus, statusOf } from './error-rules.ts';

type Case = readonly [name: string, status: number, body: unknown, meaning: ErrorMeaning];

const openaiError = (message: string, type: string, code: string | null = null) => ({
  error: { message, type, param: null, code },
});
const anthropicError = (type: string, message: string) => ({ type: 'error', error: { type, message } });
const googleError = (code: number, status: string, message: string, reason?: string) => ({
  error: {
    code,
    message,
    status,
    ...(reason && {
      details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com' }],
    }),
  },
});

const cases: Readonly<Record<ProtocolName, readonly Case[]>> = {
  openai: [
    // platform.openai.com/docs/guides/error-codes
    [
      'a wrong key',
      401,
      openaiError('Incorrect API key provided: sk-a***b.', 'invalid_request_error', 'invalid_api_key'),
      'credentials',
    ],
    [
      'no quota',
      429,
      openaiError(
        'You exceeded your current quota, please check your plan and billing details.',
        'insufficient_quota',
        'insufficient_quota',
      ),
      'used_up',
    ],
    [
      'inactive billing',
      429,
      openaiError(
        'Your account is not active, please check your billing details.',
        'billing_not_active',
        'billing_not_active',
      ),
      'used_up',
    ],
    [
      'a rate limit',
      429,
      openaiError('Rate limit reached for gpt-4o on tokens per min.', 'tokens', 'rate_limit_exceeded'),
      'busy',
    ],
    [
      'a region',
      403,
      openaiError(
        'Country, region, or territory not supported',
        'request_forbidden',
        'unsupported_country_region_territory',
      ),
      'credentials',
    ],
    [
      'a model that the project may not use',
      403,
      openaiError(
        'Project `proj_x` does not have access to model `gpt-5`',
        'invalid_request_error',
        'model_not_found',
      ),
      'model_refused',
    ],
    [
      'a model that is not there',
      404,
      openaiError(
        'The model `x` does not exist or you do not have access to it.',
        'invalid_request_error',
        'model_not_found',
      ),
      'no_model',
    ],
    [
      'a file that is not there',
      404,
      openaiError('No such File object: file-1', 'invalid_request_error'),
      'own',
    ],
    [
      'a bad parameter',
      400,
      openaiError('max_tokens is too large', 'invalid_request_error', 'invalid_value'),
      'own',
    ],
    [
      'content',
      400,
      openaiError(
        'Your request was rejected by the safety system.',
        'image_generation_user_error',
        'moderation_blocked',
      ),
      'own',
    ],
    [
      'content, with 403',
      403,
      openaiError('Your request was rejected.', 'invalid_request_error', 'content_policy_violation'),
      'own',
    ],
    // openrouter.ai/docs/api-reference/errors
    [
      'moderation',
      403,
      {
        error: {
          code: 403,
          message: 'x requires moderation. Your input was flagged for "violence".',
          metadata: { reasons: ['violence'], flagged_input: 'how…', provider_name: 'p', model_slug: 'x' },
        },
      },
      'own',
    ],
    [
      'no credits',
      402,
      {
        error: {
          code: 402,
          message: 'Insufficient credits. Add more using https://openrouter.ai/settings/credits',
        },
      },
      'used_up',
    ],
    // api-docs.deepseek.com/quick_start/error_codes
    [
      'no balance',
      402,
      openaiError('Insufficient Balance', 'unknown_error', 'invalid_request_error'),
      'used_up',
    ],
    // ai.google.dev/gemini-api/docs/openai answers Google's errors, in a list.
    [
      'a wrong Google key',
      400,
      [
        googleError(
          400,
          'INVALID_ARGUMENT',
          'API key not valid. Please pass a valid API key.',
          'API_KEY_INVALID',
        ),
      ],
      'credentials',
    ],
    // platform.minimax.io/docs/api-reference/errorcode
    [
      'MiniMax, a wrong key',
      502,
      { base_resp: { status_code: 1004, status_msg: 'login fail' } },
      'credentials',
    ],
    [
      'MiniMax, no balance',
      502,
      { choices: [], base_resp: { status_code: 1008, status_msg: 'insufficient balance' } },
      'used_up',
    ],
    [
      'MiniMax, content',
      502,
      { choices: null, base_resp: { status_code: 1026, status_msg: 'input new_sensitive' } },
      'own',
    ],
    // docs.vllm.ai
    [
      'vLLM, a bad request',
      400,
      { object: 'error', message: 'too long', type: 'BadRequestError', param: null, code: 400 },
      'own',
    ],
    ['an unknown 403', 403, 'not json', 'credentials'],
  ],
  anthropic: [
    // docs.claude.com/en/api/errors
    ['a wrong key', 401, anthropicError('authentication_error', 'invalid x-api-key'), 'credentials'],
    [
      'no permission',
      403,
      anthropicError(
        'permission_error',
        'Your API key does not have permission to use the specified resource.',
      ),
      'credentials',
    ],
    [
      'no credit',
      400,
      anthropicError(
        'invalid_request_error',
        'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
      ),
      'used_up',
    ],
    [
      'a spend limit',
      400,
      anthropicError(
        'invalid_request_error',
        'You have reached your specified API usage limits. You will regain access on 2026-01-01.',
      ),
      'used_up',
    ],
    ['billing', 402, anthropicError('billing_error', 'There is an issue with your billing.'), 'used_up'],
    [
      'a disabled organization',
      400,
      anthropicError('invalid_request_error', 'This organization has been disabled.'),
      'credentials',
    ],
    [
      'a bad request',
      400,
      anthropicError('invalid_request_error', 'messages: at least one message is required'),
      'own',
    ],
    [
      'a bad request that quotes',
      400,
      anthropicError('invalid_request_error', 'messages.0: "Your credit balance is too low" is not allowed'),
      'own',
    ],
    ['no such model', 404, anthropicError('not_found_error', 'model: claude-x'), 'no_model'],
    [
      'a rate limit',
      429,
      anthropicError('rate_limit_error', 'This request would exceed your limit.'),
      'busy',
    ],
    ['overload', 529, anthropicError('overloaded_error', 'Overloaded'), 'failed'],
  ],
  gemini: [
    // google/api/error_reason.proto, and what the API answers.
    [
      'a wrong key',
      400,
      googleError(
        400,
        'INVALID_ARGUMENT',
        'API key not valid. Please pass a valid API key.',
        'API_KEY_INVALID',
      ),
      'credentials',
    ],
    [
      'an expired key',
      400,
      googleError(400, 'INVALID_ARGUMENT', 'API key expired. Please renew the API key.', 'API_KEY_INVALID'),
      'credentials',
    ],
    [
      'an expired key without a reason',
      400,
      googleError(400, 'INVALID_ARGUMENT', 'API key expired. Please renew the API key.'),
      'credentials',
    ],
    [
      'a suspended consumer',
      403,
      googleError(
        403,
        'PERMISSION_DENIED',
        "Permission denied: Consumer 'api_key:AIza' has been suspended.",
        'CONSUMER_SUSPENDED',
      ),
      'credentials',
    ],
    [
      'a blocked service',
      403,
      googleError(403, 'PERMISSION_DENIED', 'Requests to this API are blocked.', 'API_KEY_SERVICE_BLOCKED'),
      'credentials',
    ],
    [
      'a disabled service',
      403,
      googleError(
        403,
        'PERMISSION_DENIED',
        'Generative Language API has not been used in project 1 before or it is disabled.',
        'SERVICE_DISABLED',
      ),
      'credentials',
    ],
    [
      'no billing',
      403,
      googleError(
        403,
        'PERMISSION_DENIED',
        'This API method requires billing to be enabled.',
        'BILLING_DISABLED',
      ),
      'used_up',
    ],
    [
      'a region',
      400,
      googleError(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.'),
      'credentials',
    ],
    [
      "somebody else's file",
      403,
      googleError(
        403,
        'PERMISSION_DENIED',
        'You do not have permission to access the File abc or it may not exist.',
      ),
      'own',
    ],
    ['a bad field', 400, googleError(400, 'INVALID_ARGUMENT', 'Invalid JSON payload received.'), 'own'],
    [
      'no such model',
      404,
      googleError(404, 'NOT_FOUND', 'models/x is not found for API version v1beta.'),
      'no_model',
    ],
    [
      'a quota a minute',
      429,
      googleError(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota.'),
      'busy',
    ],
    ['overload', 503, googleError(503, 'UNAVAILABLE', 'The model is overloaded.'), 'failed'],
  ],
};

for (const [protocol, list] of Object.entries(cases) as [ProtocolName, readonly Case[]][]) {
  for (const [name, status, body, meaning] of nonEmpty(list)) {
    test(`${protocol}: ${name} (${status}) is ${meaning}`, () => {
      assert.equal(meaningOf(protocol, status, readErrorBody(body)), meaning);
    });
  }
}

test('an error with status 200 tells the status that it should have had', () => {
  const statuses = [
    [{ error: { message: 'x', code: 502 } }, 502],
    [{ error: { message: 'x', code: '429' } }, 429],
    [openaiError('x', 'invalid_request_error'), 400],
    [openaiError('x', 'server_error'), 502],
    [anthropicError('overloaded_error', 'x'), 502],
    [anthropicError('authentication_error', 'x'), 401],
    [googleError(400, 'INVALID_ARGUMENT', 'x'), 400],
    [{ code: 401, msg: '令牌已过期' }, 401],
    [{ base_resp: { status_code: 1004 } }, 502],
  ] as const;
  for (const [body, status] of statuses) {
    const facts = readError(body);
    assert.ok(facts, JSON.stringify(body));
    assert.equal(statusOf(facts), status, JSON.stringify(body));
  }
});

test('answers are no errors, whatever else they hold', () => {
  const answers = [
    { choices: [{ message: { content: 'x' } }], base_resp: { status_code: 0, status_msg: '' } },
    { choices: [{ message: { content: 'x' } }], error: { message: 'cut' } },
    { choices: [], usage: { prompt_tokens: 1 } },
    { id: 'r', object: 'response', error: null, output: [{ type: 'message' }] },
    { input_tokens: 5 },
    { totalTokens: 5 },
    { promptFeedback: { blockReason: 'SAFETY' } },
    { type: 'message_start', message: {} },
    { type: 'response.created', response: { error: null, status: 'in_progress' } },
    { code: 0, message: 'ok' },
  ];
  for (const response of answers) assert.equal(readError(response), undefined, JSON.stringify(response));
});

test('whatever the body, an answer that refuses by its status alone is never called a success', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(401, 402, 500, 503), (body, status) => {
      readError(body);
      assert.notEqual(meaningOfStatus(status), undefined);
      assert.doesNotThrow(() => meaningOf('openai', status, readErrorBody(body)));
    }),
  );
});
