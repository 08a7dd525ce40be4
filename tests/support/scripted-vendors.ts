/**
 * An upstream of every vendor of jobs over real sockets, which answers what a test scripts, in the words of `vendorSamples`.
 * A submit names its script by a mark anywhere in its body.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { vendorSamples } from './job-samples.ts';

export interface ScriptedAnswer {
  /** Default 200. */
  readonly status?: number;
  /** A text is sent as it is. */
  readonly body: object | string;
}

export interface Script {
  /** The answer to the submit; the default accepts it. */
  readonly submit?: ScriptedAnswer;
  /** Answers to questions about it, one after the other; the last one stays. */
  readonly fetched?: readonly [ScriptedAnswer, ...ScriptedAnswer[]];
  /** How often it answers with 503 when it is asked to end it. Default: never. */
  readonly unheard?: number;
  /** The answers after it was asked to end it, and heard that. Default: it makes no difference. */
  readonly afterCancel?: ScriptedAnswer;
}

export interface ScriptedJob {
  /** What a submit has to hold. */
  readonly mark: string;
  /** Of the upstream. */
  readonly id: string;
  submits: number;
  /** Questions how it goes. */
  asked: number;
  /** Requests to cancel or to delete it. */
  ended: number;
}

export interface ScriptedVendors {
  readonly origin: string;
  script(vendor: string, script: Script): ScriptedJob;
  close(): Promise<void>;
}

/** The bytes of every result. */
export const resultBytes = 'the bytes of a result';

/** Of MiniMax's sample. */
const sampleFile = '205258526306433';

export async function startScriptedVendors(): Promise<ScriptedVendors> {
  const scripts: { readonly vendor: string; readonly script: Script; readonly job: ScriptedJob }[] = [];

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method, url = '' } = request;
    if (url.startsWith('/cdn/')) return void response.end(resultBytes);
    if (url.startsWith('/v1/files/retrieve'))
      return send(response, { body: { file: { download_url: `${origin()}/cdn/m.mp4` } } });
    const text = Buffer.concat(chunks).toString();
    const found = scripts.find(({ job }) => url.includes(job.id) || text.includes(job.mark));
    if (!found) return send(response, { status: 404, body: { message: 'no such path' } });
    const { job, script, vendor } = found;
    const sample = vendorSamples[vendor];
    const own = (answer: ScriptedAnswer | undefined) =>
      send(response, {
        ...answer,
        body: JSON.stringify(answer?.body ?? {})
          .replaceAll(sample?.id ?? '', job.id)
          .replaceAll(sampleFile, `${job.id}-file`)
          .replaceAll('https://cdn.example', `${origin()}/cdn`),
      });
    if (!url.includes(job.id)) {
      job.submits += 1;
      return own(script.submit ?? { body: sample?.accepted ?? {} });
    }
    const { unheard = 0 } = script;
    if (method !== 'GET') {
      job.ended += 1;
      return own({ status: job.ended > unheard ? 200 : 503, body: {} });
    }
    const { fetched = [{ body: {} }], afterCancel } = script;
    job.asked += 1;
    if (job.ended > unheard && afterCancel) return own(afterCancel);
    return own(fetched[Math.min(job.asked, fetched.length) - 1]);
  };

  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const origin = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin: origin(),
    script(vendor, script) {
      const number = scripts.length + 1;
      // Neither is a part of another: each has as many digits.
      const at = String(number).padStart(4, '0');
      const job = { mark: `mark-${at}-`, id: `theirs-${at}`, submits: 0, asked: 0, ended: 0 };
      scripts.push({ vendor, script, job });
      return job;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}

function send(response: ServerResponse, { status = 200, body }: ScriptedAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
