/** An upstream of the Responses API over real sockets, which keeps responses as OpenAI does: every caller with its key reads all. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string;
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

export interface ResponsesUpstream {
  readonly origin: string;
  readonly seen: readonly SeenRequest[];
  close(): Promise<void>;
}

const usage = { input_tokens: 100, output_tokens: 50, total_tokens: 150 };

/** @param name begins the ids of its responses */
export async function startResponsesUpstream(name: string): Promise<ResponsesUpstream> {
  const seen: SeenRequest[] = [];
  const kept = new Map<string, unknown>();
  let count = 0;

  const create = (body: Readonly<Record<string, unknown>>) => {
    count += 1;
    const text = { type: 'output_text', text: `answer ${count}`, annotations: [] };
    const output = [{ type: 'message', id: `msg_${name}${count}`, role: 'assistant', content: [text] }];
    const { model, previous_response_id = null } = body;
    const id = `resp_${name}${count}`;
    const response = {
      id,
      object: 'response',
      status: 'completed',
      model,
      previous_response_id,
      output,
      usage,
    };
    if (body.store !== false) kept.set(id, { ...response, input: body.input });
    return response;
  };

  const answer = (request: IncomingMessage, response: ServerResponse, body: SeenRequest['body']) => {
    const [path = ''] = (request.url ?? '').split('?', 1);
    const [, , , id = '', part = ''] = path.split('/');
    const { method } = request;
    if (method === 'POST' && id === 'compact') {
      const output = [{ type: 'compaction', id: 'cmp_1', encrypted_content: 'short' }];
      return send(response, 200, { id: 'resp_cmp', object: 'response.compaction', output, usage });
    }
    if (method === 'POST' && id === 'input_tokens')
      return send(response, 200, { object: 'response.input_tokens', input_tokens: 11 });
    if (method === 'POST' && id === '') {
      const made = create(body ?? {});
      return body?.stream === true ? stream(response, made) : send(response, 200, made);
    }
    if (!kept.has(id)) return send(response, 404, { error: { message: `no response ${id}` } });
    if (method === 'DELETE') {
      kept.delete(id);
      return send(response, 200, { id, object: 'response.deleted', deleted: true });
    }
    if (part === 'cancel')
      return send(response, 400, { error: { message: 'Only background responses can be cancelled.' } });
    if (part === 'input_items')
      return send(response, 200, {
        object: 'list',
        data: [{ type: 'message', id: `in_${id}` }],
        has_more: false,
      });
    return send(response, 200, kept.get(id));
  };

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const body = text === '' ? undefined : (JSON.parse(text) as SeenRequest['body']);
    const { method = '', url: path = '', headers } = request;
    seen.push({ method, path, authorization: headers.authorization ?? '', body });
    answer(request, response, body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function stream(response: ServerResponse, made: Readonly<Record<string, unknown>>): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const begun = { ...made, status: 'in_progress', output: [], usage: null };
  const events = [
    { type: 'response.created', sequence_number: 0, response: begun },
    {
      type: 'response.output_text.delta',
      sequence_number: 1,
      delta: 'answer',
      item_id: 'm',
      output_index: 0,
    },
    { type: 'response.completed', sequence_number: 2, response: made },
  ];
  for (const event of events) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  response.end();
}
