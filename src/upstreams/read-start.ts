/** Reads the beginning of a response, up to a bound. */

export interface ResponseBeginning {
  readonly bytes: Buffer;
  /** Whether that is all of it. */
  readonly isWhole: boolean;
}

/** @param bytesMax it ends after the chunk that goes beyond this */
export async function readStart(body: AsyncIterable<Buffer>, bytesMax: number): Promise<ResponseBeginning> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > bytesMax) break;
  }
  return { bytes: Buffer.concat(chunks), isWhole: bytes <= bytesMax };
}
