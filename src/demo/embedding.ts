/** Computes embedding vectors: deterministic, of unit length, close to each other where texts share words. Pure. */

/** FNV-1a over UTF-16 code units, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/). */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}

const readCharsMax = 32_768;

/** Each word adds or subtracts one in one dimension; then the vector is scaled to unit length. */
export function embed(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  const words =
    text
      .slice(0, readCharsMax)
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  for (const word of words) {
    const place = hash(word) % dimensions;
    vector[place] = (vector[place] ?? 0) + (hash(`${word}±`) & 1 ? 1 : -1);
  }
  const length = Math.hypot(...vector);
  if (length === 0) vector[hash(text) % dimensions] = 1;
  else for (let index = 0; index < dimensions; index += 1) vector[index] = (vector[index] ?? 0) / length;
  return vector;
}

/** Little-endian 32-bit floats, as the embeddings API returns for `encoding_format: base64`. */
export function toBase64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, index) => {
    bytes.writeFloatLE(value, index * 4);
  });
  return bytes.toString('base64');
}
