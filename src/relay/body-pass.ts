/** Passes the body of an upstream's answer on to a client of `JobClient`, at the pace of the client. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Access } from '../access/access.ts';
import type { JobClient } from './jobs/job-client.ts';

export class BodyPass {
  readonly #access: Pick<Access, 'mayContinue'>;
  readonly #client: JobClient;
  readonly #cancel = new AbortController();
  #drained = Promise.withResolvers<void>();

  constructor(access: Pick<Access, 'mayContinue'>, client: JobClient) {
    this.#access = access;
    this.#client = client;
  }

  /** Of the request whose answer is passed. */
  get signal(): AbortSignal {
    return this.#cancel.signal;
  }

  onDrain(): void {
    this.#drained.resolve();
  }

  /** Ends what is under way. */
  end(): void {
    this.#cancel.abort();
    this.#drained.resolve();
  }

  /** @param headers name, value, name, value */
  async pass(status: number, headers: string[], body: Dispatcher.ResponseData['body']): Promise<void> {
    if (this.#client.over) return this.end();
    this.#client.response.prepare(status, headers);
    for await (const chunk of body) {
      if (this.#client.over || !this.#access.mayContinue()) return this.end();
      if (this.#client.response.write(chunk as Buffer)) continue;
      await this.#drained.promise;
      this.#drained = Promise.withResolvers();
    }
    if (this.#client.over) return;
    this.#client.response.end();
    this.#client.ended(status);
  }
}

/** Those of an answer that the client gets. */
export function passedHeaders(headers: IncomingHttpHeaders, names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const value = headers[name];
    return typeof value === 'string' ? [name, value] : [];
  });
}
