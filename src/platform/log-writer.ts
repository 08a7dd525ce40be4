/**
 * Writes log lines to a file descriptor without blocking the gateway. It buffers lines, writes them in the
 * background, and drops lines beyond a bound. A failing destination, a closed pipe or a full disk costs lines and
 * nothing else. Several processes may write to one pipe: the system never mixes the bytes of writes of at most
 * `together_bytes_max`.
 */
import { write, writeSync } from 'node:fs';

const gather_bytes = 65_536;
const gather_ms = 1000;
/** PIPE_BUF of Linux. */
const together_bytes_max = 4096;
const newline = 0x0a;
/** Bytes of buffered lines. While the reader is slow, further lines are dropped. */
const waiting_bytes_max = 16_777_216;
const retry_ms = 100;
/** Attempts to write to a full pipe at the end of the process, 10 ms apart. */
const last_tries_max = 100;

export class LogWriter {
  readonly #fd: number;
  readonly #droppedLine: (lines: number) => string;
  readonly #isShared: boolean;
  #waiting: string[] = [];
  #waitingChars = 0;
  /** The bytes of the write in progress; empty when there is none. */
  #writing: Buffer = Buffer.alloc(0);
  #timer: NodeJS.Timeout | undefined;
  #dropped = 0;

  /**
   * @param droppedLine formats the line that reports the number of dropped lines
   * @param isShared whether other processes write to the same destination
   */
  constructor(fd: number, droppedLine: (lines: number) => string, isShared = false) {
    this.#fd = fd;
    this.#isShared = isShared;
    this.#droppedLine = droppedLine;
    process.on('exit', () => this.flushSync());
  }

  /** @param line with its newline */
  write(line: string): void {
    if (this.#waitingChars > waiting_bytes_max) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(line);
    this.#waitingChars += line.length;
    if (this.#waitingChars >= gather_bytes) this.#handOver();
    else this.#wait(gather_ms);
  }

  #wait(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#handOver();
    }, ms).unref();
  }

  #handOver(): void {
    if (this.#writing.length > 0) return;
    this.#writing = this.#take();
    if (this.#writing.length > 0) this.#writeOn();
  }

  #take(): Buffer {
    if (this.#dropped > 0) this.#waiting.push(this.#droppedLine(this.#dropped));
    const bytes = Buffer.from(this.#waiting.join(''));
    this.#waiting = [];
    this.#waitingChars = 0;
    this.#dropped = 0;
    return bytes;
  }

  /** What one write takes: whole lines, as many as stay together, or one that is longer. */
  #piece(bytes: Buffer): Buffer {
    if (!this.#isShared || bytes.length <= together_bytes_max) return bytes;
    const end = bytes.lastIndexOf(newline, together_bytes_max - 1);
    return bytes.subarray(0, (end === -1 ? bytes.indexOf(newline, together_bytes_max) : end) + 1);
  }

  #writeOn(): void {
    write(this.#fd, this.#piece(this.#writing), (error, taken) => {
      if (error?.code === 'EAGAIN') {
        setTimeout(() => this.#writeOn(), retry_ms).unref();
        return;
      }
      // Discard the bytes after any other error, so that a later write can succeed.
      this.#writing = this.#writing.subarray(error ? this.#writing.length : taken);
      if (this.#writing.length > 0) this.#writeOn();
      else if (this.#waitingChars >= gather_bytes) this.#handOver();
    });
  }

  /** Writes buffered lines synchronously. Discards them if that takes too long. */
  flushSync(): void {
    let rest = this.#take();
    for (let tries = 0; rest.length > 0 && tries < last_tries_max; ) {
      try {
        rest = rest.subarray(writeSync(this.#fd, this.#piece(rest)));
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return;
        tries += 1;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
      }
    }
  }
}
