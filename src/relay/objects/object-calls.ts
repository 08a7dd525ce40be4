/** What a client does with its stored responses: read, cancel and delete them. Such a call is free. */
import type { Dispatcher } from 'undici';
import type { Admission, PresentedKey } from '../../access/access.ts';
import type { InFlightRequest } from '../../access/in-flight-requests.ts';
import type { Exchange } from '../../http/exchange.ts';
import { withoutKey } from '../../operations/query.ts';
import type { MatchedStored } from '../../operations/stored/routes.ts';
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import { responsesClientProtocol } from '../../protocols/client/openai.ts';
import { openaiUpstream } from '../../protocols/upstream/upstream-protocol.ts';
import type { ObjectRow } from '../../store/object-store.ts';
import { readStart } from '../../upstreams/read-start.ts';
import { upstreamRequest } from '../../upstreams/upstream-request.ts';
import type { UpstreamTarget } from '../../upstreams/upstreams.ts';
import { BodyPass, passedHeaders } from '../body-pass.ts';
import { classifyFailure } from '../failure.ts';
import { JobClient, type JobClientOptions } from '../jobs/job-client.ts';
import type { OwnedObjects } from './owned-objects.ts';

export interface ObjectCallsOptions extends JobClientOptions {
  readonly objects: OwnedObjects;
}

const rendering = { render: { error: responsesClientProtocol.renderError } };
const responseNames = ['content-type', 'content-length'];

export class ObjectCalls {
  readonly #options: ObjectCallsOptions;

  constructor(options: ObjectCallsOptions) {
    this.#options = options;
  }

  /** Takes over an exchange whose route is known. */
  handle(exchange: Exchange, matched: MatchedStored, key: PresentedKey): InFlightRequest {
    const call = new ObjectCall(this.#options, exchange, matched);
    void call.client.run(key, (admission) => call.act(admission));
    return call.client;
  }
}

class ObjectCall {
  readonly #options: ObjectCallsOptions;
  readonly #exchange: Exchange;
  readonly #matched: MatchedStored;
  readonly #pass: BodyPass;
  readonly client: JobClient;

  constructor(options: ObjectCallsOptions, exchange: Exchange, matched: MatchedStored) {
    this.#options = options;
    this.#exchange = exchange;
    this.#matched = matched;
    this.client = new JobClient(
      options,
      exchange,
      { vendor: rendering, operation: matched.call.name },
      { onEnded: () => this.#pass.end(), onDrain: () => this.#pass.onDrain() },
    );
    this.#pass = new BodyPass(options.access, this.client);
  }

  async act(admission: Admission): Promise<void> {
    const { objects } = this.#options;
    const { call, id } = this.#matched;
    const row = await objects.find(call.kind, id, admission.record);
    await this.client.again(admission, (current) =>
      this.#ask(current, row, objects.targetOf(row, current.record.groups)),
    );
  }

  async #ask(admission: Admission, row: ObjectRow, target: UpstreamTarget): Promise<void> {
    const { call } = this.#matched;
    const { statusCode, headers, body } = await this.#send(row, target);
    this.client.timeline.responded(statusCode);
    const isGone = call.removes && (statusCode < 300 || statusCode === 404);
    if (isGone) await this.#options.objects.remove(row);
    if (statusCode >= 300) {
      const { bytes } = await readStart(body, limits.job_answer_bytes_max);
      const text = target.secrets.mask(bytes.toString());
      return this.client.again(admission, () => this.#answerError(statusCode, text));
    }
    await this.client.again(admission, () =>
      this.#pass.pass(statusCode, passedHeaders(headers, responseNames), body),
    );
  }

  /** What the upstream says of the gateway's own account is no matter of the client. */
  #answerError(status: number, text: string): void {
    if ([401, 402, 403].includes(status)) throw new HalleyError('upstream_rejected', { log: text });
    if (status < 400) throw new HalleyError('upstream_broken', { log: `a redirect: ${status}` });
    this.client.answer(status, text);
  }

  /** @throws HalleyError of what kept an answer from coming */
  async #send(row: ObjectRow, target: UpstreamTarget): Promise<Dispatcher.ResponseData> {
    const { call } = this.#matched;
    const { query } = this.#exchange;
    const { rawHeaders } = this.#exchange.req;
    const { timeline } = this.client;
    timeline.begin(target);
    const kept = withoutKey(query);
    const path = call.path.replace('{id}', () => encodeURIComponent(row.upstreamId));
    try {
      const {
        body: _none,
        headers,
        ...request
      } = await upstreamRequest(target, {
        protocol: openaiUpstream,
        ...(call.method !== 'POST' && { method: call.method }),
        operation: call.name,
        path: kept === '' ? path : `${path}?${kept}`,
        model: target.model,
        form: 'json',
        rawHeaders: timeline.upstreamHeaders(rawHeaders),
        body: [],
      });
      const { signal } = this.#pass;
      return await target.connections.withNewConnection((client) =>
        client.request({ ...request, headers: [...headers], signal }),
      );
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      const { error: failure, outcome } = classifyFailure(error, true);
      timeline.failed(outcome);
      throw new HalleyError(failure.code, { log: target.secrets.mask(failure.log ?? failure.message) });
    }
  }
}
