/** Tests a channel with one small real request and describes the result in plain words. */

import type { ProtocolName } from '../domain/protocol-name.ts';
import { operations, pathFor } from '../operations/registry.ts';
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

/** Chooses the test operation of a protocol by the name of the model. */
function testOperation(protocol: ProtocolName, model: string) {
  const wanted = /embed/i.test(model) ? 'embedding' : 'text';
  const tests = Object.entries(operations).flatMap(([name, operation]) =>
    operation.client.name === protocol && operation.channelTest
      ? [{ ...operation, name, channelTest: operation.channelTest }]
      : [],
  );
  return tests.find(({ channelTest }) => channelTest.of === wanted) ?? tests[0];
}

/** Sends the request and reads the complete response. Never throws. */
export async function testTarget(
  target: UpstreamTarget,
  protocol: ProtocolName,
  monotonic: () => number,
): Promise<ChannelTestResult> {
  const began = monotonic();
  const result = (ok: boolean, message: string): ChannelTestResult => ({
    ok,
    ms: Math.round(monotonic() - began),
    message: target.secrets.mask(message),
  });
  const operation = testOperation(protocol, target.model);
  if (!operation) return result(false, 'No operation tests this protocol.');
  const { channelTest, upstream } = operation;
  const plain = {
    protocol: upstream.protocol,
    operation: operation.name,
    path: pathFor(operation, target.model),
    model: target.model,
    form: 'json',
    rawHeaders: ['content-type', 'application/json'],
    body: [Buffer.from(JSON.stringify(channelTest.body(target.model, prompt)))],
  } as const;
  try {
    const response = await sendForOperator(target, plain, answerBytesMax);
    if (response.status < 300) return result(true, `The model "${target.model}" answered.`);
    return result(false, refusalText(response));
  } catch (error) {
    return result(false, failureText(error));
  }
}
