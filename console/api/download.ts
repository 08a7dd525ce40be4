/** Saves a response of lines as a file while saying how much has come. */
import { ApiError } from './api-error.ts';
import { failureOf, type Outcome, reached } from './client.ts';

export interface Progress {
  /** Lines that have come, without the head. */
  readonly lines: number;
  readonly bytes: number;
}

interface DownloadOptions {
  readonly fileName: string;
  readonly contentType: string;
  readonly onProgress: (progress: Progress) => void;
}

const lineFeed = 10;
const showEveryMs = 200;

/**
 * @param call made with `parseAs: 'stream'`; its signal ends the download
 * @throws ApiError when the gateway refuses the call, cannot be reached, or breaks off: what came is not saved then
 */
export async function download(
  call: Promise<Outcome<ReadableStream<Uint8Array<ArrayBuffer>> | null>>,
  { fileName, contentType, onProgress }: DownloadOptions,
): Promise<Progress> {
  const { data, error, response } = await reached(call);
  if (!data) throw failureOf(response, error);
  const reader = data.getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let [lineEnds, bytes, shownAt] = [0, 0, 0];
  const progress = () => ({ lines: Math.max(0, lineEnds - 1), bytes });
  for (;;) {
    const { done, value } = await read(reader);
    if (done) break;
    parts.push(value);
    bytes += value.length;
    lineEnds += value.reduce((count, byte) => count + (byte === lineFeed ? 1 : 0), 0);
    if (Date.now() - shownAt < showEveryMs) continue;
    shownAt = Date.now();
    onProgress(progress());
  }
  save(new Blob(parts, { type: contentType }), fileName);
  return progress();
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>) {
  try {
    return await reader.read();
  } catch (cause) {
    throw new ApiError({ status: 0, code: 'unreachable', message: '', requestId: '' }, { cause });
  }
}

function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads the file after the click.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
