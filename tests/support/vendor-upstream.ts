/**
 * An upstream of several vendors' jobs over real sockets. The first word of a prompt says what becomes of its job: `fail`,
 * `endless`, `refuse`; with any other it succeeds half a second later. Its ids begin with `up-`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Fields = Readonly<Record<string, unknown>>;

interface Job {
  readonly id: string;
  readonly prompt: string;
  readonly acceptedAt: number;
  isCancelled: boolean;
}

export interface VendorUpstream {
  readonly origin: string;
  /** In order of arrival. */
  readonly submits: readonly { readonly id: string; readonly path: string; readonly body: Fields }[];
  /** Whether the job with this prompt was cancelled. */
  isCancelled(prompt: string): boolean;
  /** Jobs that never end, and that nobody has cancelled. */
  endless(): number;
  close(): Promise<void>;
}

type State = 'running' | 'succeeded' | 'failed' | 'cancelled';

const takesMs = 500;

function stateOf({ prompt, acceptedAt, isCancelled }: Job): State {
  if (isCancelled) return 'cancelled';
  if (prompt === 'endless' || Date.now() < acceptedAt + takesMs) return 'running';
  return prompt === 'fail' ? 'failed' : 'succeeded';
}

const promptOf = (body: Fields) => String(body.prompt ?? Reflect.get(Object(body.input), 'prompt'));

/** How each vendor answers. */
interface Script {
  readonly paths: RegExp;
  submitted(job: Job, body: Fields): Fields;
  fetched(job: Job, state: State, origin: string): Fields;
}

const upper = { running: 'IN_PROGRESS', succeeded: 'SUCCESS', failed: 'FAILURE', cancelled: 'FAILURE' };

const scripts: readonly Script[] = [
  {
    paths: /^\/suno\//,
    submitted: ({ id }) => ({ code: 'success', message: '', data: id }),
    fetched: ({ id }, state) => {
      const clips = [1, 2].map((at) => ({ id: `clip-${at}`, audio_url: `https://cdn.example/${at}.mp3` }));
      const fail_reason = state === 'failed' ? 'It failed.' : '';
      const data = {
        task_id: id,
        action: 'MUSIC',
        status: upper[state],
        progress: '30%',
        fail_reason,
        data: clips,
      };
      return { code: 'success', message: '', data };
    },
  },
  {
    paths: /^\/kling\//,
    submitted: ({ id, prompt }) =>
      prompt === 'refuse'
        ? { code: 1301, message: 'Not that.', request_id: 'r' }
        : { code: 0, message: 'SUCCEED', request_id: 'r', data: { task_id: id, task_status: 'submitted' } },
    fetched: ({ id }, state) => {
      const task_status = {
        running: 'processing',
        succeeded: 'succeed',
        failed: 'failed',
        cancelled: 'failed',
      }[state];
      const task_result = { videos: [{ id: 'v', url: 'https://cdn.example/k.mp4', duration: '5' }] };
      const task_status_msg = state === 'failed' ? 'It failed.' : '';
      return {
        code: 0,
        message: 'SUCCEED',
        data: { task_id: id, task_status, task_status_msg, task_result, external: 'kept' },
      };
    },
  },
  {
    paths: /^\/mj\//,
    submitted: ({ id }, { customId }) =>
      customId === undefined
        ? { code: 1, description: 'ok', result: id }
        : { code: 21, description: 'Waiting for window confirm', result: id, properties: {} },
    fetched: ({ id }, state, origin) => ({
      id,
      status: upper[state],
      progress: '30%',
      imageUrl: `${origin}/mj/image/${id}`,
    }),
  },
  {
    paths: /^\/replicate\//,
    submitted: ({ id }) => ({
      id,
      status: 'starting',
      urls: { get: `https://api.replicate.com/v1/predictions/${id}` },
    }),
    fetched: ({ id }, state) => ({
      id,
      status: { running: 'processing', succeeded: 'succeeded', failed: 'failed', cancelled: 'canceled' }[
        state
      ],
      output: state === 'succeeded' ? [1, 2, 3].map((at) => `https://cdn.example/${at}.webp`) : null,
      urls: { get: `https://api.replicate.com/v1/predictions/${id}` },
    }),
  },
  {
    paths: /^\/v1\/(?:query\/)?video_generation/,
    submitted: ({ id }) => ({ task_id: id, base_resp: { status_code: 0, status_msg: 'success' } }),
    fetched: ({ id }, state) => ({
      task_id: id,
      status: state === 'succeeded' ? 'Success' : 'Processing',
      file_id: state === 'succeeded' ? 'up-file' : '',
      base_resp: { status_code: 0, status_msg: 'success' },
    }),
  },
];

export async function startVendorUpstream(): Promise<VendorUpstream> {
  const jobs = new Map<string, Job>();
  const submits: { id: string; path: string; body: Fields }[] = [];
  let origin = '';

  const submit = (path: string, body: Fields, script: Script) => {
    const id = `up-${jobs.size + 1}`;
    const [prompt = ''] = promptOf(body).split(' ');
    const job = { id, prompt, acceptedAt: Date.now(), isCancelled: false };
    jobs.set(id, job);
    submits.push({ id, path, body });
    return script.submitted(job, body);
  };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url = '' } = request;
    const body = chunks.length > 0 ? (JSON.parse(Buffer.concat(chunks).toString()) as Fields) : {};
    if (url.startsWith('/v1/files/retrieve'))
      return send(response, { file: { download_url: 'https://cdn.example/hailuo.mp4' } });
    if (url.startsWith('/mj/image/'))
      return void response.writeHead(200, { 'content-type': 'image/png' }).end('a picture');
    const script = scripts.find(({ paths }) => paths.test(url));
    if (!script) return send(response, { message: 'no such path' }, 404);
    const [id = ''] = /up-\d+/.exec(url) ?? [];
    if (method === 'POST' && id === '') return send(response, submit(url, body, script));
    const job = jobs.get(id);
    if (!job) return send(response, { message: 'no such job' }, 404);
    if (method === 'POST') job.isCancelled = true;
    return send(response, script.fetched(job, stateOf(job), origin));
  };

  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    submits,
    isCancelled: (prompt) =>
      jobs.get(submits.find((each) => promptOf(each.body) === prompt)?.id ?? '')?.isCancelled === true,
    endless: () =>
      [...jobs.values()].filter(({ prompt, isCancelled }) => prompt === 'endless' && !isCancelled).length,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}

function send(response: ServerResponse, body: Fields, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
