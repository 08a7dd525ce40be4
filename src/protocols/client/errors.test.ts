import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { type ErrorCode, errorCatalogue, HalleyError } from '../../platform/errors.ts';
import { anthropicClientProtocol as anthropic } from './anthropic.ts';
import type { ClientProtocol, ErrorContext } from './client-protocol.ts';
import { errorHeaders } from './error-headers.ts';
import { geminiClientProtocol as gemini } from './gemini.ts';
import { openaiClientProtocol as openai, responsesClientProtocol as openaiResponses } from './openai.ts';

const plain: ErrorContext = { requestId: 'req-7', compat: 'none' };
const comet: ErrorContext = { requestId: 'req-7', compat: 'cometapi' };
const protocols = { openai, openaiResponses, anthropic, gemini };
/** Some failures of the management API are answered with 200; they never come here. */
const codes = (Object.keys(errorCatalogue) as ErrorCode[]).filter(
  (code) => errorCatalogue[code].status >= 400,
);

function render(protocol: ClientProtocol, error: HalleyError, context = plain) {
  const { status, body } = protocol.renderError(error, context);
  return { status, ...JSON.parse(body) };
}

/** The events a specification-true reader makes of a stream. */
function eventsOf(stream: string): EventSourceMessage[] {
  const events: EventSourceMessage[] = [];
  createParser({ onEvent: (event) => events.push(event) }).feed(stream);
  return events;
}

describe('an error as the whole answer', () => {
  it('has the catalogue status, the text and the request id in every protocol', () => {
    for (const code of nonEmpty(codes)) {
      const error = new HalleyError(code, { param: 'model' });
      const message = `${error.message} (request id: req-7)`;
      const inOpenai = render(openai, error);
      assert.equal(inOpenai.status, error.status);
      assert.deepEqual(inOpenai.error, { message, type: inOpenai.error.type, param: 'model', code });
      const inAnthropic = render(anthropic, error);
      assert.equal(inAnthropic.status, error.status);
      assert.equal(inAnthropic.type, 'error');
      assert.equal(inAnthropic.request_id, 'req-7');
      const words = error.kind === 'authentication' ? ' (invalid x-api-key)' : '';
      assert.deepEqual(inAnthropic.error, {
        type: inAnthropic.error.type,
        message: `${error.message}${words} (request id: req-7)`,
      });
      const inGemini = render(gemini, error);
      assert.equal(inGemini.status, error.status);
      assert.equal(inGemini.error.code, error.status);
      assert.equal(inGemini.error.message, message);
      assert.match(inGemini.error.status, /^[A-Z_]+$/, code);
      assert.equal(inGemini.error.details[0].reason, code.toUpperCase());
    }
  });

  it("is told in each protocol's own words", () => {
    const words = (code: ErrorCode) => {
      const error = new HalleyError(code);
      return [openai, anthropic, gemini].map((protocol) => {
        const shown = render(protocol, error).error;
        return shown.status ?? shown.type;
      });
    };
    const expected: [ErrorCode, string[]][] = [
      ['invalid_api_key', ['invalid_request_error', 'authentication_error', 'UNAUTHENTICATED']],
      ['model_not_allowed', ['invalid_request_error', 'permission_error', 'PERMISSION_DENIED']],
      ['insufficient_user_quota', ['insufficient_quota', 'billing_error', 'PERMISSION_DENIED']],
      ['model_not_found', ['invalid_request_error', 'not_found_error', 'NOT_FOUND']],
      ['invalid_body', ['invalid_request_error', 'invalid_request_error', 'INVALID_ARGUMENT']],
      ['body_too_large', ['invalid_request_error', 'request_too_large', 'INVALID_ARGUMENT']],
      ['upstream_timeout', ['server_error', 'api_error', 'DEADLINE_EXCEEDED']],
      ['no_channel_available', ['server_error', 'overloaded_error', 'UNAVAILABLE']],
      ['internal_error', ['server_error', 'api_error', 'INTERNAL']],
    ];
    for (const [code, shown] of expected) assert.deepEqual(words(code), shown, code);
  });

  it('forbids to repeat what a retry cannot cure, of all codes that there are', () => {
    const mayRepeat = codes.filter((code) => !errorHeaders(new HalleyError(code), false)['x-should-retry']);
    assert.deepEqual(nonEmpty(mayRepeat).toSorted(), [
      'bodies_full',
      'concurrency_limit_exceeded',
      'draining',
      'internal_error',
      'job_refused',
      'no_channel_available',
      'rate_limit_exceeded',
      'request_timeout',
      'sender_bodies_full',
      'store_unavailable',
      'too_many_attempts',
      'uploads_full',
      'upstream_broken',
      'upstream_timeout',
      'upstream_unreachable',
    ]);
    for (const code of nonEmpty(codes)) {
      const shown = errorHeaders(new HalleyError(code), true)['x-should-retry'];
      assert.equal(shown, mayRepeat.includes(code) ? undefined : 'false', code);
    }
  });

  it('links the description of each code, where the gateway serves it, and keeps the other headers', () => {
    for (const code of nonEmpty(codes)) {
      const error = new HalleyError(code);
      const { link, ...others } = errorHeaders(error, true);
      assert.equal(link, `</docs/reference/errors#${code}>; rel="help"`);
      assert.deepEqual(errorHeaders(error, false), others);
    }
  });

  it("never shows the log's text", () => {
    const error = new HalleyError('internal_error', { log: 'SECRET-INSIDE' });
    for (const protocol of Object.values(protocols)) {
      for (const context of [plain, comet]) {
        assert.doesNotMatch(protocol.renderError(error, context).body, /SECRET/);
        assert.doesNotMatch(protocol.renderBreak(error, 'sse', context, true), /SECRET/);
      }
    }
  });
});

describe('errors.compat = cometapi', () => {
  const type = 'comet_api_error';

  it('answers a bad key in the one shape on every path', () => {
    for (const code of ['invalid_api_key', 'key_revoked'] as const) {
      for (const protocol of Object.values(protocols)) {
        assert.deepEqual(render(protocol, new HalleyError(code), comet), {
          status: 401,
          error: { message: 'Invalid token (request id: req-7)', type, param: '', code: '' },
        });
      }
    }
  });

  it('gives the statuses, codes and texts that clients of CometAPI know', () => {
    const cases: [HalleyError, number, string, RegExp][] = [
      [new HalleyError('model_not_found'), 503, 'model_not_found', /^no available channel /],
      [new HalleyError('no_channel_available'), 503, 'model_not_found', /^no available channel /],
      [new HalleyError('model_missing'), 400, '', /^model name is required \(/],
      [
        new HalleyError('field_missing', { param: 'messages' }),
        500,
        'invalid_request',
        /^field messages is required \(/,
      ],
      [new HalleyError('ip_not_allowed'), 403, 'access_denied', /address/],
      [new HalleyError('insufficient_user_quota'), 403, 'insufficient_user_quota', /quota/],
      [new HalleyError('pre_consume_token_quota_failed'), 403, 'pre_consume_token_quota_failed', /quota/],
      [new HalleyError('upstream_timeout'), 504, 'upstream_timeout', /upstream/],
    ];
    for (const [error, status, code, text] of cases) {
      const shown = render(openai, error, comet);
      assert.equal(shown.status, status);
      assert.equal(shown.error.type, type);
      assert.equal(shown.error.code, code);
      assert.match(shown.error.message, text);
      assert.match(shown.error.message, / \(request id: req-7\)$/);
    }
  });

  it("keeps Anthropic's shape for relay errors and gives Gemini's in OpenAI's", () => {
    const error = new HalleyError('field_missing', { param: 'messages' });
    const inAnthropic = render(anthropic, error, comet);
    assert.equal(inAnthropic.status, 500);
    assert.equal(inAnthropic.type, 'error');
    assert.equal(inAnthropic.error.type, type);
    assert.equal(render(gemini, error, comet).error.code, 'invalid_request');
  });
});

describe('an error inside a stream', () => {
  const error = new HalleyError('key_revoked');
  const begun = 'event: ping\ndata: {"type":"ping","text":"[DONE]"}\n\nevent: x\r\ndata: {"a":1}\r\n\r\n';

  it('is one whole event of its protocol wherever the stream was cut, and the last', () => {
    for (const [name, protocol] of Object.entries(protocols)) {
      for (const context of [plain, comet]) {
        const last = protocol.renderBreak(error, 'sse', context, true);
        for (let end = 1; end <= begun.length; end++) {
          const event = eventsOf(begun.slice(0, end) + last).at(-1);
          const data = JSON.parse(event?.data ?? '');
          assert.match(data.error.message, /\(request id: req-7\)$/, `${name} cut at ${end}`);
          const typed = name === 'anthropic' || name === 'openaiResponses';
          assert.equal(event?.event, typed ? 'error' : undefined);
          assert.equal(data.type, typed ? 'error' : undefined);
        }
        assert.doesNotMatch(last, /\[DONE\]/);
      }
    }
  });

  it('is the first event when nothing was sent', () => {
    for (const protocol of Object.values(protocols)) {
      const events = eventsOf(protocol.renderBreak(error, 'sse', plain, false));
      assert.equal(events.length, 1);
    }
  });

  it('has the numeric code by which the Gemini client knows an error, under compat too', () => {
    for (const context of [plain, comet]) {
      const [event] = eventsOf(gemini.renderBreak(error, 'sse', context, false));
      assert.equal(JSON.parse(event?.data ?? '').error.code, 401);
    }
  });

  it('has the fields of a Responses error event at the top', () => {
    const [event] = eventsOf(openaiResponses.renderBreak(error, 'sse', plain, false));
    const data = JSON.parse(event?.data ?? '');
    assert.equal(data.code, 'key_revoked');
    assert.equal(typeof data.sequence_number, 'number');
    assert.equal(data.message, data.error.message);
  });

  it('ends a Gemini array so that it parses', () => {
    const begunArray = `[{"candidates":[]}${gemini.renderBreak(error, 'json-array', plain, true)}`;
    assert.equal(JSON.parse(begunArray)[1].error.status, 'UNAUTHENTICATED');
    assert.equal(JSON.parse(gemini.renderBreak(error, 'json-array', plain, false))[0].error.code, 401);
  });

  it('has no place in a JSON answer', () => {
    for (const protocol of Object.values(protocols)) {
      assert.equal(protocol.renderBreak(error, 'json', plain, true), '');
    }
  });
});

it('tells Gemini clients when to try again where they look for it', () => {
  const error = new HalleyError('rate_limit_exceeded', { headers: { 'retry-after': '7' } });
  const details: readonly { '@type': string; retryDelay?: string }[] = render(gemini, error).error.details;
  assert.equal(details.find((each) => each['@type'].endsWith('RetryInfo'))?.retryDelay, '7s');
  assert.equal(render(gemini, new HalleyError('ip_not_allowed')).error.details.length, 1);
  assert.equal(new HalleyError('store_unavailable').headers['retry-after'], '1');
});
