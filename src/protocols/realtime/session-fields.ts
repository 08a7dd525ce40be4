/**
 * What the gateway reads in a session's configuration, and the fields it changes there. In the general shape they are
 * below `audio`, in the beta's at the top. Pure.
 */
import { HalleyError } from '../../platform/errors.ts';
import type { JsonObject } from '../protocol.ts';
import { asObject, countOf } from '../usage/usage-shape.ts';

/** What an update says; undefined = it leaves that as it is. */
export interface SessionFacts {
  readonly model: string | undefined;
  /** Whether the upstream would begin a response by itself when somebody has spoken; false also without detection. */
  readonly responds: boolean | undefined;
  /** The model that writes down what the user says: '' = not named; `off` = none does. */
  readonly transcription: { readonly model: string } | 'off' | undefined;
  /** Output tokens of a response; `unlimited` = the model's own limit. */
  readonly outputTokens: number | 'unlimited' | undefined;
  /** Bytes of the sound that comes in, for each millisecond. */
  readonly inputBytesPerMs: number | undefined;
  readonly outputBytesPerMs: number | undefined;
}

/** Names that decide what is charged. Some parsers ignore their case. */
const decisive: ReadonlySet<string> = new Set([
  ...['session', 'audio', 'input', 'turn_detection', 'create_response', 'model', 'transcription'],
  ...[
    'input_audio_transcription',
    'response',
    'max_output_tokens',
    'max_response_output_tokens',
    'conversation',
  ],
]);

/**
 * Refuses names that another parser may take for one that is read here.
 * @param json of an event with few parts
 * @throws HalleyError('invalid_body')
 */
export function refuseOddNames(json: unknown): void {
  if (typeof json !== 'object' || json === null) return;
  for (const [name, value] of Object.entries(json)) {
    const lower = name.toLowerCase();
    if (lower !== name && decisive.has(lower)) {
      const message = `The event has the name "${name}". Write it in lower case.`;
      throw new HalleyError('invalid_body', { message, param: lower });
    }
    refuseOddNames(value);
  }
}

/** Bytes a millisecond: 16 bits at 24,000 Hz, and 8 bits at 8,000 Hz. */
const pcmBytesPerMs = 48;
const telephoneBytesPerMs = 8;

/** @param format `pcm16` or `{"type": "audio/pcm", "rate": 24000}`, and so on */
function bytesPerMs(format: unknown): number | undefined {
  const { type = format, rate } = asObject(format) ?? {};
  if (typeof type !== 'string') return undefined;
  if (!type.includes('pcm16') && type !== 'audio/pcm') return telephoneBytesPerMs;
  return typeof rate === 'number' && rate >= 1000 ? (rate * 2) / 1000 : pcmBytesPerMs;
}

/** An output limit, as the most lenient upstream reads it. */
export function outputLimitOf(value: unknown): SessionFacts['outputTokens'] {
  if (value === undefined) return undefined;
  return countOf(typeof value === 'string' && value !== '' ? Number(value) : value) ?? 'unlimited';
}

/** Reads a session, or a part of one. */
export function readSession(session: JsonObject): SessionFacts {
  const audio = asObject(session.audio);
  const input = asObject(audio?.input);
  const output = asObject(audio?.output);
  const detection = input?.turn_detection === undefined ? session.turn_detection : input.turn_detection;
  const transcription =
    input?.transcription === undefined ? session.input_audio_transcription : input.transcription;
  return {
    model: typeof session.model === 'string' ? session.model : undefined,
    responds: detection === undefined ? undefined : respondsBy(detection),
    transcription: transcription === undefined ? undefined : transcriptionBy(transcription),
    outputTokens: outputLimitOf(session.max_output_tokens ?? session.max_response_output_tokens),
    inputBytesPerMs: bytesPerMs(input?.format ?? session.input_audio_format),
    outputBytesPerMs: bytesPerMs(output?.format ?? session.output_audio_format),
  };
}

/** Without the field it does. */
function respondsBy(detection: unknown): boolean {
  const object = asObject(detection);
  return object !== undefined && object.create_response !== false;
}

function transcriptionBy(transcription: unknown): { readonly model: string } | 'off' {
  const object = asObject(transcription);
  if (!object) return 'off';
  return { model: typeof object.model === 'string' ? object.model : '' };
}

/**
 * The session with `create_response` set wherever it has voice detection.
 * @param responds false for the upstream, which must not begin a response that is not reserved; for the client what it
 * asked for
 */
export function withResponding(session: JsonObject, responds: boolean): JsonObject {
  const audio = asObject(session.audio);
  const input = asObject(audio?.input);
  return {
    ...session,
    ...(asObject(session.turn_detection) && {
      turn_detection: { ...asObject(session.turn_detection), create_response: responds },
    }),
    ...(asObject(input?.turn_detection) && {
      audio: {
        ...audio,
        input: {
          ...input,
          turn_detection: { ...asObject(input?.turn_detection), create_response: responds },
        },
      },
    }),
  };
}

/**
 * The update that keeps an upstream from beginning responses by itself, in the shape of its own session.
 * @returns undefined when it does not
 */
export function holdingUpdate({ type, audio, turn_detection: beta }: JsonObject): JsonObject | undefined {
  const detection = asObject(asObject(asObject(audio)?.input)?.turn_detection);
  if (detection && respondsBy(detection)) {
    const held = { ...detection, create_response: false };
    return { type: type ?? 'realtime', audio: { input: { turn_detection: held } } };
  }
  const old = asObject(beta);
  return old && respondsBy(old) ? { turn_detection: { ...old, create_response: false } } : undefined;
}
