/** Node's response with the request id on every answer, whoever writes it and however. */
import {
  type IncomingMessage,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  ServerResponse,
} from 'node:http';

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[];

const usualNames: readonly string[] = ['x-request-id'];

export class IdentifiedResponse extends ServerResponse<IncomingMessage> {
  requestId = '';
  #requestIdNames = usualNames;

  /** Has one more header carry the request id; to be called before anything is written. */
  alsoNameIdAs(name: string): void {
    this.#requestIdNames = [...this.#requestIdNames, name];
  }

  override writeHead(statusCode: number, reason?: string | Headers, headers?: Headers): this {
    const given = typeof reason === 'string' ? headers : (headers ?? reason);
    // Passed with the others, since `setHeader` would put Node on its slow way of merging headers.
    const all = Array.isArray(given) ? [...given] : { ...given };
    for (const name of this.#requestIdNames) {
      if (Array.isArray(all)) all.push(name, this.requestId);
      else all[name] = this.requestId;
    }
    if (typeof reason === 'string') return super.writeHead(statusCode, reason, all);
    return super.writeHead(statusCode, all);
  }
}
