/** Reads a response that is one JSON object a line, as it arrives. */
import { ApiError } from './api-error.ts';
import { failureOf, type Outcome, reached } from './client.ts';

/**
 * @param call made with `parseAs: 'stream'`
 * @throws ApiError when the gateway refuses the call, cannot be reached or breaks off
 */
export async function* linesOf<Line>(
  call: Promise<Outcome<ReadableStream<Uint8Array<ArrayBuffer>> | null>>,
): AsyncGenerator<Line, void> {
  const { data, error, response } = await reached(call);
  if (!data || !response.headers.get('content-type')?.includes('ndjson')) {
    throw failureOf(response, error ?? parsed(data ? await new Response(data).text() : ''));
  }
  const reader = data.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await read(reader);
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as Line;
  }
}

async function read(reader: ReadableStreamDefaultReader<string>) {
  try {
    return await reader.read();
  } catch (cause) {
    throw new ApiError({ status: 0, code: 'unreachable', message: '', requestId: '' }, { cause });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
