/** How the requests to a channel differ from those of the plain protocol. */
import type { IncomingHttpHeaders } from 'node:http';
import type { BodyPiece, WrittenForm } from '../http/multipart/form-writer.ts';
import type { ResponseForm } from '../protocols/protocol.ts';
import type { UpstreamProtocol } from '../protocols/upstream/upstream-protocol.ts';

/** One request for an upstream, before it has the form of a kind. */
export interface PlainRequest {
  readonly protocol: UpstreamProtocol;
  /** Default POST. Only that has a body. */
  readonly method?: 'GET' | 'DELETE';
  /** Name of the operation at the upstream, such as `messages`. */
  readonly operation: string;
  /** Path and query of the operation, such as `/v1/messages`. */
  readonly path: string;
  /** Whether the path stands at the root of the host, whatever version the base URL names. Default: below the base URL. */
  readonly isAtHost?: boolean;
  /** The model's name at the upstream. */
  readonly model: string;
  /** Of the response that is requested. */
  readonly form: ResponseForm;
  /** Of the client: name, value, name, value. */
  readonly rawHeaders: readonly string[];
  /** In order. */
  readonly body: readonly Buffer[];
  /** A form in place of the body, which is empty then. */
  readonly upload?: WrittenForm;
}

/** A complete request, as undici takes it. */
export interface UpstreamHttpRequest {
  readonly origin: string;
  /** Percent-encoded, with the query. */
  readonly path: string;
  readonly method: 'POST' | 'GET' | 'DELETE';
  /** Name, value, name, value; the length of the body is among them. */
  readonly headers: readonly string[];
  /** In order. */
  readonly body: readonly BodyPiece[];
  /** Milliseconds. */
  readonly headersTimeout: number;
  readonly bodyTimeout: number;
}

/** Turns the bytes of one successful response into the protocol's own. */
export interface ResponseDecoder {
  /** Of the decoded response. */
  readonly contentType: string;
  /** @throws Error for bytes that are none of the form; the response then counts as broken */
  push(chunk: Buffer): Buffer | undefined;
  /** @throws Error when the response is not complete */
  end(): void;
}

/** What is missing is as in the plain protocol. Belongs to one channel, so that it may keep tokens. */
export interface RequestStyle {
  /** Whether the kind serves an operation, by its name at the upstream. Missing = all of the channel's protocols. */
  serves?(operation: string): boolean;
  /**
   * Path and query of a request. Missing = base URL and operation, joined.
   * @throws HalleyError when the kind does not serve the operation
   */
  path?(request: PlainRequest): string;
  /** Headers that carry the key. Missing = those of the protocol. */
  auth?(key: string): Readonly<Record<string, string>>;
  /** Changes the body, and the headers that the client sent. */
  envelope?(
    request: PlainRequest,
  ): Pick<PlainRequest, 'rawHeaders' | 'body'> | Promise<Pick<PlainRequest, 'rawHeaders' | 'body'>>;
  /**
   * Authorizes one attempt: each gets a call of its own.
   * @param key of the channel, for this attempt
   * @returns further headers: name, value, name, value
   * @throws HalleyError: `upstream_rejected` when the key is refused, any other when no connection could be made
   */
  authorize?(request: UpstreamHttpRequest, key: string | undefined): Promise<readonly string[]>;
  /** @returns undefined = a response with these headers is in the protocol's own form */
  decoder?(headers: IncomingHttpHeaders): ResponseDecoder | undefined;
  /** The body of an error response in the form of the protocol. Missing = it has that form. */
  error?(protocol: UpstreamProtocol, status: number, headers: IncomingHttpHeaders, body: Buffer): Buffer;
  /** The upstream refused a request that was authorized with this key. */
  refused?(key: string | undefined): void;
  /** What must not reach a client or a log besides the keys: their parts, and the tokens issued for them. */
  secrets?(): readonly string[];
}
