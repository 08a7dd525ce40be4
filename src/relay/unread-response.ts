/** Responses that were handed to the kernel in full and that a client may not have read completely. */
import type { RequestContext } from '../access/authorize.ts';
import type { InFlightRequest, InFlightRequests } from '../access/in-flight-requests.ts';
import type { ResponseConnection } from '../http/exchange.ts';
import type { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';

type Request = Pick<InFlightRequest, 'keyId' | 'accountId' | 'context'>;

/** All responses to requests for one model with one key on one connection. */
class UnreadResponse implements InFlightRequest {
  bagIndex = -1;
  readonly keyId: number;
  readonly accountId: number;
  context: RequestContext;
  readonly #connection: ResponseConnection;
  readonly #forget: () => void;
  /** Of their bodies. */
  #bytes = 0;
  /** The position on the connection up to which they reach. */
  #mark = 0;

  constructor({ keyId, accountId, context }: Request, connection: ResponseConnection, forget: () => void) {
    this.keyId = keyId;
    this.accountId = accountId;
    this.context = context;
    this.#connection = connection;
    this.#forget = forget;
  }

  add(context: RequestContext, bytes: number): void {
    this.context = context;
    this.#bytes += bytes;
    this.#mark = this.#connection.bytesWritten;
  }

  /** They are charged already. */
  async cover(): Promise<HalleyError | undefined> {
    return undefined;
  }

  async abort(_error: HalleyError, withinMs: number): Promise<void> {
    const mark = this.#mark;
    // Responses that were read before the lease lapsed are no longer registered.
    if (withinMs === 0) this.#connection.reset();
    else await this.#connection.deliver(mark, withinMs, this.#bytes <= limits.answer_taken_bytes);
    if (mark === this.#mark) this.#forget();
  }
}

export class UnreadResponses {
  readonly #inFlightRequests: InFlightRequests;
  readonly #byConnection = new WeakMap<ResponseConnection, Map<string, UnreadResponse>>();

  /** @param inFlightRequests where revocations find them */
  constructor(inFlightRequests: InFlightRequests) {
    this.#inFlightRequests = inFlightRequests;
  }

  /** Follows a response until its client has it, or its connection is closed. */
  add(connection: ResponseConnection, request: Request, bytes: number): void {
    const { context, keyId } = request;
    const responses = this.#responsesOn(connection);
    const name = `${keyId} ${context.model}`;
    let response = responses.get(name);
    if (!response) {
      response = new UnreadResponse(request, connection, () => this.#forget(responses, name));
      responses.set(name, response);
      this.#inFlightRequests.add(response);
    }
    response.add(context, bytes);
  }

  #responsesOn(connection: ResponseConnection): Map<string, UnreadResponse> {
    const known = this.#byConnection.get(connection);
    if (known) return known;
    const responses = new Map<string, UnreadResponse>();
    this.#byConnection.set(connection, responses);
    connection.whenClosed(() => {
      for (const name of responses.keys()) this.#forget(responses, name);
    });
    return responses;
  }

  #forget(responses: Map<string, UnreadResponse>, name: string): void {
    const response = responses.get(name);
    responses.delete(name);
    if (response) this.#inFlightRequests.remove(response);
  }
}
