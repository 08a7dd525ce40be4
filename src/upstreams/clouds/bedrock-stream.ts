/**
 * Decodes the streams of Amazon Bedrock (`application/vnd.amazon.eventstream`) into the server-sent events of
 * Anthropic's protocol (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ResponseStream.html).
 */
import type { EventStreamCodec } from '@smithy/core/event-streams';
import { limits } from '../../platform/limits.ts';
import type { JsonObject } from '../../protocols/protocol.ts';
import { asObject, countOf, parseOr } from '../../protocols/usage/usage-shape.ts';
import type { ResponseDecoder } from '../request-style.ts';
import { anthropicErrorType } from './aws-errors.ts';

/** Decodes one message and checks its checksums. */
export type MessageCodec = Pick<EventStreamCodec, 'decode'>;
type Message = ReturnType<EventStreamCodec['decode']>;

/** Lengths and checksums of a message without headers and body. */
const messageBytesMin = 16;
const lengthBytes = 4;
const metricsKey = 'amazon-bedrock-invocationMetrics';

const event = (name: string, data: string): string => `event: ${name}\ndata: ${data}\n\n`;

function headerOf({ headers }: Message, name: string): string {
  const header = headers[name];
  return header?.type === 'string' ? header.value : '';
}

/** Usage in Anthropic's form; undefined where there are no metrics. */
function usageOf(metrics: JsonObject | undefined): JsonObject | undefined {
  const input = countOf(metrics?.inputTokenCount);
  const output = countOf(metrics?.outputTokenCount);
  if (input === undefined || output === undefined) return undefined;
  return {
    input_tokens: input,
    output_tokens: output,
    cache_read_input_tokens: countOf(metrics?.cacheReadInputTokenCount) ?? 0,
    cache_creation_input_tokens: countOf(metrics?.cacheWriteInputTokenCount) ?? 0,
  };
}

export class BedrockStream implements ResponseDecoder {
  readonly contentType = 'text/event-stream';
  readonly #codec: MessageCodec;
  /** The message that has begun. */
  #pieces: Buffer[] = [];
  #bytes = 0;
  /** Its length; undefined while that is incomplete. */
  #length: number | undefined;
  /** Whether the stream has said how many tokens it used. */
  #usageSeen = false;
  #ended = false;
  /** Found behind events that were still good: these pass first. */
  #fault: Error | undefined;

  constructor(codec: MessageCodec) {
    this.#codec = codec;
  }

  push(chunk: Buffer): Buffer | undefined {
    if (this.#fault) throw this.#fault;
    this.#pieces.push(chunk);
    this.#bytes += chunk.length;
    let written = '';
    try {
      for (let message = this.#take(); message; message = this.#take()) written += this.#write(message);
    } catch (thrown) {
      if (written === '') throw thrown;
      this.#fault = thrown instanceof Error ? thrown : new Error(String(thrown));
    }
    return written === '' ? undefined : Buffer.from(written);
  }

  end(): void {
    if (this.#fault) throw this.#fault;
    if (this.#bytes > 0) throw new Error('the event stream ended within a message');
    if (!this.#ended) throw new Error('the event stream ended before its message_stop');
  }

  /** The next complete message. */
  #take(): Message | undefined {
    this.#length ??= this.#readLength();
    if (this.#length === undefined || this.#bytes < this.#length) return undefined;
    const held = this.#joined();
    const message = held.subarray(0, this.#length);
    this.#pieces = held.length === this.#length ? [] : [held.subarray(this.#length)];
    this.#bytes -= this.#length;
    this.#length = undefined;
    return this.#codec.decode(message);
  }

  #readLength(): number | undefined {
    if (this.#bytes < lengthBytes) return undefined;
    const length = this.#joined().readUInt32BE(0);
    if (length < messageBytesMin || length > limits.aws_message_bytes_max) {
      throw new Error(`a message of the event stream has ${length} bytes`);
    }
    return length;
  }

  #joined(): Buffer {
    const [only] = this.#pieces;
    const held = this.#pieces.length === 1 && only ? only : Buffer.concat(this.#pieces);
    this.#pieces = [held];
    return held;
  }

  #write(message: Message): string {
    const type = headerOf(message, ':message-type');
    const body = asObject(parseOr(Buffer.from(message.body).toString('utf8')));
    if (type === 'event') return headerOf(message, ':event-type') === 'chunk' ? this.#writeChunk(body) : '';
    const name = headerOf(message, ':exception-type') || headerOf(message, ':error-code');
    const text = body?.message ?? body?.Message ?? headerOf(message, ':error-message');
    this.#ended = true;
    const error = { type: anthropicErrorType(name), message: String(text || name), code: name };
    return event('error', JSON.stringify({ type: 'error', error }));
  }

  #writeChunk(body: JsonObject | undefined): string {
    const text = typeof body?.bytes === 'string' ? Buffer.from(body.bytes, 'base64').toString('utf8') : '';
    const value = asObject(parseOr(text));
    if (typeof value?.type !== 'string') throw new Error('a chunk of the event stream holds no event');
    const { type } = value;
    this.#usageSeen ||= value.usage !== undefined || asObject(value.message)?.usage !== undefined;
    this.#ended ||= type === 'message_stop' || type === 'error';
    const isPlain = !(metricsKey in value) && !/[\r\n]/.test(text);
    return event(type, isPlain ? text : JSON.stringify(this.#withoutMetrics(value)));
  }

  /** Bedrock's own report of usage takes the place of the model's where that is missing. */
  #withoutMetrics({ [metricsKey]: metrics, ...rest }: JsonObject): JsonObject {
    const usage = this.#usageSeen ? undefined : usageOf(asObject(metrics));
    return usage ? { ...rest, usage } : rest;
  }
}

/** Loads the codec of AWS's library, with the first request: a gateway without such a channel does not need it. */
export async function loadMessageCodec(): Promise<MessageCodec> {
  const [{ EventStreamCodec }, { fromUtf8, toUtf8 }] = await Promise.all([
    import('@smithy/core/event-streams'),
    import('@smithy/core/serde'),
  ]);
  return new EventStreamCodec(toUtf8, fromUtf8);
}
