/** Tests a channel with one small real request and describes the result in plain words. */

import type { ProtocolName } from '../domain/protocol-name.ts';
import { type WrittenForm, writeForm } from '../http/multipart/form-writer.ts';
import type { ChannelTestKind } from '../operations/operation.ts';
import { operations, pathFor } from '../operations/registry.ts';
import type { RandomBytes } from '../platform/random.ts';
import type { JsonObject } from '../protocols/protocol.ts';
import { failureText, refusalText, sendForOperator } from './operator-request.ts';
import type { UpstreamTarget } from './upstreams.ts';

export interface ChannelTestResult {
  readonly ok: boolean;
  /** Milliseconds until the complete response arrived. */
  readonly ms: number;
  /** For people; contains no upstream keys. */
  readonly message: string;
}

const prompt = 'Reply with the single word: ok';
const answerBytesMax = 262_144;

/** What models of these names make; others write texts. Prices know types, but only of some models. */
const kindsByName: readonly (readonly [RegExp, ChannelTestKind])[] = [
  [/rerank/i, 'rerank'],
  [/embed/i, 'embedding'],
  [/moderation/i, 'moderation'],
  [/whisper|transcri/i, 'transcription'],
  [/\btts\b|speech/i, 'speech'],
];

/** Chooses the test operation of a protocol by the name of the model. */
function testOperation(protocol: ProtocolName, { model, options }: UpstreamTarget) {
  const wanted = kindsByName.find(([pattern]) => pattern.test(model))?.[1] ?? 'text';
  const tests = Object.entries(operations).flatMap(([name, operation]) =>
    operation.upstream.protocol.name === protocol && operation.channelTest
      ? [{ ...operation, name, channelTest: operation.channelTest }]
      : [],
  );
  const fitting = tests.filter(({ channelTest }) => channelTest.of === wanted);
  // Voyage's form has the fields and the path of Jina's.
  const rerankApi = options.rerank_api === 'cohere' ? 'cohere' : 'jina';
  const own = fitting.find(({ upstream }) => upstream.rerankApi === rerankApi);
  return own ?? fitting[0] ?? tests.find(({ channelTest }) => channelTest.of === 'text');
}

const samplesPerSecond = 8000;

/** A second of silence: WAV, mono, 16 bits. */
function silence(): Buffer {
  const bytes = 2 * samplesPerSecond;
  const wav = Buffer.alloc(44 + bytes);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + bytes, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(samplesPerSecond, 24);
  wav.writeUInt32LE(bytes, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(bytes, 40);
  return wav;
}

function formOf(fields: JsonObject, random: RandomBytes): WrittenForm {
  const sound = { name: 'file', filename: 'silence.wav', contentType: 'audio/wav', content: silence() };
  const parts = Object.entries(fields).map(([name, value]) => {
    return { kind: 'field', name, value: String(value) } as const;
  });
  return writeForm([...parts, { kind: 'file', ...sound }], random);
}

/** Sends the request and reads the complete response. Never throws. */
export async function testTarget(
  target: UpstreamTarget,
  protocol: ProtocolName,
  { monotonic, random }: { readonly monotonic: () => number; readonly random: RandomBytes },
): Promise<ChannelTestResult> {
  const began = monotonic();
  const result = (ok: boolean, message: string): ChannelTestResult => ({
    ok,
    ms: Math.round(monotonic() - began),
    message: target.secrets.mask(message),
  });
  const operation = testOperation(protocol, target);
  if (!operation) return result(false, 'No operation tests this protocol.');
  const { channelTest, upstream } = operation;
  const fields = channelTest.body(target.model, prompt);
  const upload = operation.takes === 'form' ? formOf(fields, random) : undefined;
  const plain = {
    protocol: upstream.protocol,
    operation: operation.name,
    path: pathFor(operation, target.model),
    model: target.model,
    form: 'json',
    rawHeaders: upload ? [] : ['content-type', 'application/json'],
    body: upload ? [] : [Buffer.from(JSON.stringify(fields))],
    ...(upload && { upload }),
  } as const;
  try {
    const response = await sendForOperator(target, plain, answerBytesMax);
    if (response.status < 300) return result(true, `The model "${target.model}" answered.`);
    return result(false, refusalText(response));
  } catch (error) {
    return result(false, failureText(error));
  }
}
