/** Measures the sounds that clients upload, in a thread of its own. */
import type { FilePart } from '../http/multipart/form.ts';
import { limits } from '../platform/limits.ts';
import { WorkerChannel } from '../platform/worker-channel.ts';
import type { SoundHandlers } from './sound-worker.ts';

export class SoundLength {
  readonly #channel = new WorkerChannel<SoundHandlers>({
    file: new URL('./sound-worker.ts', import.meta.url),
    lostError: (reason) => new Error(`the thread that measures sounds: ${reason}`),
  });

  /**
   * Never rejects. What cannot be read counts as sound of a low bit rate: it must not be free where an upstream can read it.
   * @returns whole seconds, at least 1; a part of a second counts as one
   */
  async secondsOf({ content, contentType, filename }: FilePart): Promise<number> {
    const order = { size: content.length, contentType, filename };
    const call = (file: number | Uint8Array) => this.#channel.call('measure', { ...order, file });
    const measuring = Buffer.isBuffer(content) ? call(new Uint8Array(content)) : content.lend(call);
    const seconds = await measuring.catch(() => undefined);
    return Math.max(1, Math.ceil(seconds ?? content.length / limits.unknown_sound_bytes_per_s));
  }

  close(): Promise<void> {
    return this.#channel.close();
  }
}
