/** Tests a channel with one small real request and describes the result in plain words. */

import type { ProtocolName } from '../domain/protocol-name.ts';
import { operations, pathFor } from '../operations/registry.ts';
import { HalleyError } from '../platform/errors.ts';
import { upstreamRequest } from './upstream-request.ts';
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
  const body = JSON.stringify(channelTest.body(target.model, prompt));
  try {
    const { body: pieces, ...request } = await upstreamRequest(target, {
      protocol: upstream.protocol,
      operation: operation.name,
      path: pathFor(operation, target.model),
      model: target.model,
      form: 'json',
      rawHeaders: ['content-type', 'application/json'],
      body: [Buffer.from(body)],
    });
    const options = { ...request, headers: [...request.headers], body: Buffer.concat(pieces) };
    // The upstream may have closed a pooled connection, which says nothing about the channel.
    const response = await target.connections.withNewConnection((client) => client.request(options));
    const text = await readStart(response.body);
    if (response.statusCode < 300) return result(true, `The model "${target.model}" answered.`);
    const { statusCode, headers } = response;
    const bytes = Buffer.from(text);
    const said = target.style.error?.(upstream.protocol, statusCode, headers, bytes) ?? bytes;
    return result(false, `${meaning(statusCode)}${quoteError(said.toString())}`);
  } catch (error) {
    // The public messages tell callers to ask the operator. The operator needs the internal text.
    const text = error instanceof HalleyError ? error.log : undefined;
    const reason = text ?? (error instanceof Error ? error.message : String(error));
    return result(false, `No answer came: ${reason}. Check the base URL and the network.`);
  }
}

async function readStart(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > answerBytesMax) break;
  }
  return Buffer.concat(chunks).toString();
}

function meaning(status: number): string {
  if (status === 401 || status === 403) return `The upstream refused the key (${status}).`;
  if (status === 404) return `The upstream does not know the model or the path (404).`;
  if (status === 429) return `The upstream is busy or the account there is used up (429).`;
  if (status >= 500) return `The upstream failed (${status}).`;
  if (status >= 400) return `The upstream did not accept the request (${status}).`;
  return `The upstream answered with a redirect (${status}), which is not followed. Check the base URL.`;
}

/** All three protocols put the human-readable text at `error.message`. */
function quoteError(text: string): string {
  try {
    const message: unknown = JSON.parse(text)?.error?.message;
    return typeof message === 'string' ? ` It says: ${message.slice(0, 300)}` : '';
  } catch {
    return '';
  }
}
