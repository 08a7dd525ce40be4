/** Parses HTTP/1.1 messages cheaply for the bench; expects well-formed input. */

export interface MessageEvents {
  /** @param head start line and headers, without the empty line */
  onHead(head: string): void;
  onBody(part: Buffer): void;
  onEnd(): void;
}

type State = 'head' | 'sized' | 'chunk-size' | 'chunk' | 'trailer';

const headEnd = '\r\n\r\n';

export class MessageReader {
  readonly #events: MessageEvents;
  #state: State = 'head';
  #rest: Buffer | undefined;
  /** Remaining bytes of the body or chunk, without its line end. */
  #left = 0;

  constructor(events: MessageEvents) {
    this.#events = events;
  }

  /** Takes bytes in pieces of any size. */
  push(bytes: Buffer): void {
    let data = this.#rest ? Buffer.concat([this.#rest, bytes]) : bytes;
    this.#rest = undefined;
    while (data.length > 0) {
      const used = this.#step(data);
      if (used === 0) {
        this.#rest = data;
        return;
      }
      data = data.subarray(used);
    }
  }

  /** @returns number of consumed bytes; 0 when more bytes are needed */
  #step(data: Buffer): number {
    switch (this.#state) {
      case 'head':
        return this.#head(data);
      case 'sized':
      case 'chunk':
        return this.#body(data);
      default:
        return this.#line(data);
    }
  }

  #head(data: Buffer): number {
    const end = data.indexOf(headEnd);
    if (end === -1) return 0;
    const head = data.toString('latin1', 0, end);
    const length = /\ncontent-length: *(\d+)/i.exec(head)?.[1];
    this.#left = Number(length ?? 0);
    this.#state = /\ntransfer-encoding: *chunked/i.test(head) ? 'chunk-size' : 'sized';
    this.#events.onHead(head);
    if (this.#state === 'sized' && this.#left === 0) this.#finish();
    return end + headEnd.length;
  }

  #body(data: Buffer): number {
    const part = data.length > this.#left ? data.subarray(0, this.#left) : data;
    this.#left -= part.length;
    this.#events.onBody(part);
    if (this.#left > 0) return part.length;
    if (this.#state === 'sized') {
      this.#finish();
      return part.length;
    }
    this.#state = 'chunk-size';
    return part.length;
  }

  /** Parses a chunk size (or the line end before it), or the empty line after the last chunk. */
  #line(data: Buffer): number {
    const end = data.indexOf('\r\n');
    if (end === -1) return 0;
    if (this.#state === 'trailer') {
      if (end === 0) this.#finish();
    } else if (end > 0) {
      this.#left = Number.parseInt(data.toString('latin1', 0, end), 16);
      this.#state = this.#left === 0 ? 'trailer' : 'chunk';
    }
    return end + 2;
  }

  #finish(): void {
    this.#state = 'head';
    this.#events.onEnd();
  }
}
