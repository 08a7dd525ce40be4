/** Sends requests that an operator asked for through a channel, and describes in plain words what went wrong. */
import { Readable } from 'node:stream';
import { chunksOfAll } from '../http/multipart/form.ts';
import { type BodyPiece, bytesOf } from '../http/multipart/form-writer.ts';
import { HalleyError } from '../platform/errors.ts';
import { readStart } from './read-start.ts';
import type { PlainRequest } from './request-style.ts';
import { upstreamRequest } from './upstream-request.ts';
import type { UpstreamTarget } from './upstreams.ts';

export interface OperatorResponse {
  readonly status: number;
  readonly text: string;
  /** Whether the text is complete: it ends where it is longer than allowed. */
  readonly isWhole: boolean;
}

/**
 * @param bytesMax of the response that are read
 * @param signal ends it
 * @throws what undici, `upstreamRequest` and the signal throw
 */
export async function sendForOperator(
  target: UpstreamTarget,
  plain: PlainRequest,
  bytesMax: number,
  signal: AbortSignal | null = null,
): Promise<OperatorResponse> {
  const { body: pieces, ...request } = await upstreamRequest(target, plain);
  const body = pieces.length === 0 ? null : sendable(pieces);
  const options = { ...request, headers: [...request.headers], body, signal };
  // The upstream may have closed a pooled connection, which says nothing about the channel.
  const response = await target.connections.withNewConnection((client) => client.request(options));
  const { statusCode: status, headers } = response;
  const { bytes, isWhole } = await readStart(response.body, bytesMax);
  const said = status < 300 ? undefined : target.style.error?.(plain.protocol, status, headers, bytes);
  return { status, text: (said ?? bytes).toString(), isWhole };
}

/** A longer body is not copied into one buffer. */
const joinedBytesMax = 65_536;

function sendable(pieces: readonly BodyPiece[]): Buffer | Readable {
  const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
  if (bytes <= joinedBytesMax && pieces.every((piece) => Buffer.isBuffer(piece)))
    return Buffer.concat(bytesOf(pieces));
  return Readable.from(chunksOfAll(pieces), { objectMode: false });
}

/** Describes a response that is no success. It may quote the channel's keys. */
export function refusalText({ status, text }: OperatorResponse): string {
  return `${meaning(status)}${quoteError(text)}`;
}

/** Describes why no response came. It may quote the channel's keys. */
export function failureText(error: unknown): string {
  // The public messages tell callers to ask the operator. The operator needs the internal text.
  const text = error instanceof HalleyError ? error.log : undefined;
  const reason = text ?? (error instanceof Error ? error.message : String(error));
  return `There was no response: ${reason}. Check the base URL and the network.`;
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
