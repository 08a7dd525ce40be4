/**
 * An upstream of video jobs over real sockets, which counts what it has accepted. The prompt of a job says what becomes of
 * it: see `fates`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the first word of a prompt asks for; any other word: the job succeeds. */
const fates = {
  /** It is accepted, and fails. */
  fail: 'fail',
  /** Refused with 400. */
  refuse: 'refuse',
  /** Refused with 503 before it began. */
  busy: 'busy',
  /** It is accepted, and the connection breaks before the answer. */
  reset: 'reset',
  /** It never ends. */
  endless: 'endless',
} as const;

export interface AcceptedJob {
  readonly id: string;
  readonly prompt: string;
  readonly acceptedAt: number;
  /** Requests about it, by method. */
  readonly seen: { GET: number; DELETE: number };
}

export interface JobUpstream {
  readonly origin: string;
  readonly accepted: ReadonlyMap<string, AcceptedJob>;
  /** Bodies of submits, in order of arrival. */
  readonly submits: readonly Readonly<Record<string, unknown>>[];
  /** The most questions about one job that were open at a time. */
  readonly mostAtOnce: number;
  close(): Promise<void>;
}

export interface JobUpstreamOptions {
  /** From the submit to the end of a job, in milliseconds. */
  readonly takesMs: number;
  /** Before each answer, in milliseconds. */
  readonly answerMs?: number;
  /** Of each video, in place of `videoBytes`. */
  readonly contentBytes?: number;
}

/** The bytes of every video. */
export const videoBytes = Buffer.from('0123456789 a small video');

export async function startJobUpstream({
  takesMs,
  answerMs = 0,
  contentBytes,
}: JobUpstreamOptions): Promise<JobUpstream> {
  const accepted = new Map<string, AcceptedJob>();
  const submits: Record<string, unknown>[] = [];
  const asking = new Map<string, number>();
  let mostAtOnce = 0;
  const server = createServer((request, response) => void handle(request, response));

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const [, id = '', part = ''] = /^\/v1\/videos\/([^/?]+)\/?([a-z]*)/.exec(request.url ?? '') ?? [];
    if (request.method === 'POST') return submit(response, id, JSON.parse(Buffer.concat(chunks).toString()));
    if (request.url?.startsWith('/cdn/')) return content(response, request.headers.range);
    const job = accepted.get(id);
    if (!job) return send(response, 404, { error: { message: 'no such video', code: 'not_found' } });
    if (request.method === 'DELETE') {
      job.seen.DELETE += 1;
      return send(response, 200, { id, object: 'video.deleted', deleted: true });
    }
    if (part === 'content' && contentBytes !== undefined) return endless(response, contentBytes);
    if (part === 'content') return content(response, request.headers.range);
    job.seen.GET += 1;
    asking.set(id, (asking.get(id) ?? 0) + 1);
    mostAtOnce = Math.max(mostAtOnce, asking.get(id) ?? 0);
    await pause(answerMs);
    asking.set(id, (asking.get(id) ?? 1) - 1);
    return send(response, 200, stateOf(job));
  };

  const submit = async (response: ServerResponse, origin: string, body: Record<string, unknown>) => {
    submits.push({ ...body, origin });
    const prompt = String(body.prompt);
    const [fate] = prompt.split(' ');
    if (fate === fates.refuse)
      return send(response, 400, { error: { message: 'Not that.', code: 'bad_prompt' } });
    if (fate === fates.busy) return send(response, 503, { error: { message: 'Busy.', code: 'busy' } });
    const id = `video_up_${accepted.size + 1}`;
    accepted.set(id, { id, prompt, acceptedAt: Date.now(), seen: { GET: 0, DELETE: 0 } });
    if (fate === fates.reset) return void response.socket?.resetAndDestroy();
    await pause(answerMs);
    return send(response, 200, { id, object: 'video', status: 'queued', progress: 0, prompt, url_hint: id });
  };

  const stateOf = ({ id, prompt, acceptedAt }: AcceptedJob) => {
    const [fate] = prompt.split(' ');
    const common = { id, object: 'video', prompt };
    if (fate === fates.endless || Date.now() < acceptedAt + takesMs)
      return { ...common, status: 'in_progress', progress: 40 };
    if (fate === fates.fail) {
      return {
        ...common,
        status: 'failed',
        progress: 40,
        error: { code: 'moderation', message: 'It failed.' },
      };
    }
    return { ...common, status: 'completed', progress: 100, video_url: `${origin()}/cdn/${id}.mp4` };
  };

  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const origin = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin: origin(),
    accepted,
    submits,
    get mostAtOnce() {
      return mostAtOnce;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}

const pause = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function content(response: ServerResponse, range: string | undefined): void {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  const type = { 'content-type': 'video/mp4', 'accept-ranges': 'bytes' };
  if (from === undefined) {
    response.writeHead(200, type);
    response.end(videoBytes);
    return;
  }
  const part = videoBytes.subarray(Number(from), Number(to) + 1);
  response.writeHead(206, { ...type, 'content-range': `bytes ${from}-${to}/${videoBytes.length}` });
  response.end(part);
}

/** As fast as it is read. */
function endless(response: ServerResponse, bytes: number): void {
  response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': bytes });
  let left = bytes;
  const write = () => {
    while (left > 0) {
      const piece = Buffer.alloc(Math.min(left, 65_536));
      left -= piece.length;
      if (!response.write(piece)) return void response.once('drain', write);
    }
    response.end();
  };
  write();
}
