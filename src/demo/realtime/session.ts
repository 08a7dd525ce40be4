/**
 * A realtime session of the demo (https://platform.openai.com/docs/api-reference/realtime): it repeats what it hears,
 * as text or as sound. What an earlier response has read counts as cached.
 */
import type { Clock } from '../../platform/clock.ts';
import { type Fields, fieldsAt, isFields, textOf } from '../fields.ts';
import { countTokens } from '../tokens.ts';
import { DemoResponse, type Read } from './response.ts';
import { bytesPerMs, Voice } from './voice.ts';

export interface DemoSessionOptions {
  readonly model: string;
  readonly clock: Pick<Clock, 'after'>;
  /** Pause between deltas in milliseconds. */
  readonly chunkMs: number;
  readonly send: (event: Fields) => void;
}

/** Sound that is kept, of the buffer and for the next answer: a minute. */
const soundBytesMax = 60_000 * bytesPerMs;
const msPerToken = 100;

export class DemoSession {
  readonly #options: DemoSessionOptions;
  #session: Fields;
  #voice: Voice | undefined;
  #buffer: Buffer = Buffer.alloc(0);
  #speechId = '';
  #ids = 0;
  /** What was said last. */
  #said = '';
  #heard: Buffer = Buffer.alloc(0);
  #read: Read = { text: 0, audio: 0 };
  #cached: Read = { text: 0, audio: 0 };
  readonly #responses = new Map<string, DemoResponse>();

  constructor(options: DemoSessionOptions) {
    this.#options = options;
    const detection = {
      type: 'server_vad',
      threshold: 0.5,
      prefix_padding_ms: 300,
      silence_duration_ms: 500,
    };
    const format = { type: 'audio/pcm', rate: 24_000 };
    this.#session = {
      type: 'realtime',
      object: 'realtime.session',
      id: this.#id('sess'),
      model: options.model,
      output_modalities: ['audio'],
      instructions: '',
      max_output_tokens: 'inf',
      tools: [],
      audio: {
        input: {
          format,
          transcription: null,
          turn_detection: { ...detection, create_response: true, interrupt_response: true },
        },
        output: { format, voice: 'demo' },
      },
    };
    this.#listen();
    this.#send({ type: 'session.created', session: this.#session });
  }

  #id(kind: string): string {
    this.#ids += 1;
    return `${kind}_demo${this.#ids}`;
  }

  #send(event: Fields): void {
    this.#options.send({ event_id: this.#id('event'), ...event });
  }

  #fail(cause: Fields, code: string, message: string): void {
    const event_id = cause.event_id ?? null;
    this.#send({
      type: 'error',
      error: { type: 'invalid_request_error', code, message, param: null, event_id },
    });
  }

  get #detection(): Fields | undefined {
    const { turn_detection } = fieldsAt(fieldsAt(this.#session, 'audio'), 'input');
    return isFields(turn_detection) ? turn_detection : undefined;
  }

  #listen(): void {
    this.#voice = this.#detection && new Voice(Number(this.#detection.silence_duration_ms ?? 500));
  }

  /** Ends what runs. */
  close(): void {
    for (const response of this.#responses.values()) response.stop();
  }

  handle(event: Fields): void {
    switch (event.type) {
      case 'session.update':
        this.#update(event);
        break;
      case 'input_audio_buffer.append':
        this.#append(Buffer.from(String(event.audio), 'base64'));
        break;
      case 'input_audio_buffer.commit':
        if (this.#buffer.length > 0) this.#commit(this.#id('item'));
        else this.#fail(event, 'input_audio_buffer_commit_empty', 'The buffer is empty.');
        break;
      case 'input_audio_buffer.clear':
        this.#buffer = Buffer.alloc(0);
        this.#send({ type: 'input_audio_buffer.cleared' });
        break;
      case 'conversation.item.create':
        this.#add(fieldsAt(event, 'item'));
        break;
      case 'conversation.item.truncate': {
        const { item_id, content_index = 0, audio_end_ms = 0 } = event;
        this.#send({ type: 'conversation.item.truncated', item_id, content_index, audio_end_ms });
        break;
      }
      case 'response.create':
        this.#respond(event);
        break;
      case 'response.cancel':
        this.#cancel(event);
        break;
      default:
        this.#fail(event, 'unknown_event', `The demo does not know the event ${String(event.type)}.`);
    }
  }

  #update(event: Fields): void {
    const changes = fieldsAt(event, 'session');
    if (changes.model !== undefined && changes.model !== this.#session.model) {
      this.#fail(event, 'model_fixed', 'The model of a session cannot be changed.');
      return;
    }
    this.#session = merged(this.#session, changes);
    this.#listen();
    this.#send({ type: 'session.updated', session: this.#session });
  }

  #append(piece: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, piece]).subarray(-soundBytesMax);
    for (const { kind, atMs } of this.#voice?.hear(piece) ?? []) {
      if (kind === 'started') {
        this.#speechId = this.#id('item');
        this.#send({
          type: 'input_audio_buffer.speech_started',
          audio_start_ms: atMs,
          item_id: this.#speechId,
        });
        if (this.#detection?.interrupt_response !== false) this.#cancelAll('turn_detected');
      } else {
        this.#send({
          type: 'input_audio_buffer.speech_stopped',
          audio_end_ms: atMs,
          item_id: this.#speechId,
        });
        this.#commit(this.#speechId);
        if (this.#detection?.create_response !== false) this.#respond({});
      }
    }
  }

  #commit(itemId: string): void {
    this.#heard = this.#buffer;
    const tokens = Math.ceil(this.#buffer.length / bytesPerMs / msPerToken);
    this.#buffer = Buffer.alloc(0);
    this.#read = { ...this.#read, audio: this.#read.audio + tokens };
    this.#send({ type: 'input_audio_buffer.committed', previous_item_id: null, item_id: itemId });
    this.#show({
      id: itemId,
      type: 'message',
      role: 'user',
      content: [{ type: 'input_audio', transcript: null }],
    });
    if (isFields(fieldsAt(fieldsAt(this.#session, 'audio'), 'input').transcription))
      this.#transcribe(itemId, tokens);
  }

  #transcribe(item_id: string, audio_tokens: number): void {
    const type = 'conversation.item.input_audio_transcription';
    const transcript = `${audio_tokens / 10} seconds of sound.`;
    const output_tokens = countTokens(transcript);
    const usage = {
      type: 'tokens',
      input_tokens: audio_tokens,
      input_token_details: { audio_tokens, text_tokens: 0 },
      output_tokens,
      total_tokens: audio_tokens + output_tokens,
    };
    this.#send({ type: `${type}.delta`, item_id, content_index: 0, delta: transcript });
    this.#send({ type: `${type}.completed`, item_id, content_index: 0, transcript, usage });
  }

  #add(item: Fields): void {
    const id = item.id ?? this.#id('item');
    const text = textOf(item.content);
    if (item.role === 'user') this.#said = text;
    this.#read = { ...this.#read, text: this.#read.text + countTokens(text) };
    this.#show({ ...item, id });
  }

  #show(item: Fields): void {
    for (const type of ['conversation.item.added', 'conversation.item.done']) {
      this.#send({ type, previous_item_id: null, item });
    }
  }

  #respond(event: Fields): void {
    const asked = fieldsAt(event, 'response');
    const isAside = asked.conversation === 'none';
    if (!isAside && this.#responses.values().some((each) => !each.isAside)) {
      this.#fail(
        event,
        'conversation_already_has_active_response',
        'A response is under way. Wait, or cancel it.',
      );
      return;
    }
    const { clock, chunkMs } = this.#options;
    const modalities = asked.output_modalities ?? this.#session.output_modalities;
    const limit = asked.max_output_tokens ?? this.#session.max_output_tokens;
    const id = this.#id('resp');
    const instructions = countTokens(textOf(asked.instructions ?? this.#session.instructions));
    const response: DemoResponse = new DemoResponse({
      id,
      itemId: this.#id('item'),
      isAside,
      text: this.#said,
      sound: Array.isArray(modalities) && modalities.includes('audio') ? this.#heard : undefined,
      input: { ...this.#read, text: this.#read.text + instructions },
      cached: this.#cached,
      tokensMax: typeof limit === 'number' ? limit : Number.POSITIVE_INFINITY,
      metadata: asked.metadata ?? null,
      send: (sent) => this.#send(sent),
      clock,
      chunkMs,
      onEnd: ({ text, audio }) => {
        this.#responses.delete(id);
        if (isAside) return;
        this.#cached = response.input;
        this.#read = { text: this.#read.text + text, audio: this.#read.audio + audio };
      },
    });
    this.#responses.set(id, response);
    response.run();
  }

  #cancel(event: Fields): void {
    const { response_id } = event;
    const one = typeof response_id === 'string' ? this.#responses.get(response_id) : undefined;
    const all = [...this.#responses.values()].filter((each) => !each.isAside);
    const [cancelled] = response_id === undefined ? all : [one];
    if (cancelled) cancelled.cancel('client_cancelled');
    else this.#fail(event, 'response_cancel_not_active', 'There is no such response.');
  }

  #cancelAll(reason: string): void {
    for (const response of [...this.#responses.values()]) if (!response.isAside) response.cancel(reason);
  }
}

/** Objects are merged, all else is replaced. */
function merged(before: Fields, changes: Fields): Fields {
  const result: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(changes)) {
    const old = result[name];
    result[name] = isFields(old) && isFields(value) ? merged(old, value) : value;
  }
  return result;
}
