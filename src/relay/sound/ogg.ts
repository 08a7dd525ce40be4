/** Measures Ogg by its packets (RFC 3533). The positions that pages name are not read. */
import { limits } from '../../platform/limits.ts';
import { oggPackets, type PacketCodec } from './packets.ts';
import type { SoundReader } from './reader.ts';
import { VorbisPackets } from './vorbis.ts';

const pageMark = Buffer.from('OggS');
const pageHeadBytes = 27;
const lacingMax = 255;
/** Of a packet that may be a header, and of any other. */
const headerPacketBytesMax = 1_048_576;
const packetStartBytes = 16;
const headerPackets = 3;
/** More are no sound, but fill the memory. */
const streamsMax = 64;

/** One logical stream. */
class OggStream {
  #codec: PacketCodec | undefined;
  #packets = 0;
  #pieces: Buffer[] = [];
  #kept = 0;
  #unknownBytes = 0;
  #seconds = 0;

  /** What a codec that is not known may be at most. */
  get seconds(): number {
    return this.#seconds + this.#unknownBytes / limits.unknown_sound_bytes_per_s;
  }

  /** Whether the next bytes of the packet are needed. */
  get wants(): number {
    return (this.#packets < headerPackets ? headerPacketBytesMax : packetStartBytes) - this.#kept;
  }

  /** @param length of the piece, of which bytes are what was wanted */
  push(bytes: Buffer, length: number): void {
    if (this.#packets > 0 && !this.#codec) this.#unknownBytes += length;
    if (bytes.length > 0) this.#pieces.push(Buffer.from(bytes));
    this.#kept += bytes.length;
  }

  endPacket(): void {
    const packet = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#kept = 0;
    if (this.#packets === 0) this.#codec = oggPackets(packet);
    else if (this.#packets < headerPackets && this.#codec instanceof VorbisPackets)
      this.#codec.readSetup(packet);
    if (this.#packets > 0) this.#seconds += this.#codec?.secondsOf(packet) ?? 0;
    this.#packets += 1;
  }
}

/** @returns seconds of all streams; undefined = nothing in it plays, or it cannot be told */
export async function secondsOfOgg(reader: SoundReader): Promise<number | undefined> {
  const streams = new Map<number, OggStream>();
  let finished = 0;
  const finish = (stream: OggStream | undefined) => {
    finished += stream?.seconds ?? 0;
  };
  for (let position = await reader.find(pageMark, 0); position + pageHeadBytes <= reader.size; ) {
    const head = await reader.at(position, pageHeadBytes + lacingMax);
    if (head.length < pageHeadBytes || !head.subarray(0, 4).equals(pageMark)) {
      position = await reader.find(pageMark, position + 1);
      continue;
    }
    const serial = head.readUInt32LE(14);
    const begins = ((head[5] ?? 0) & 2) !== 0;
    if (begins) finish(streams.get(serial));
    const stream = (begins ? undefined : streams.get(serial)) ?? new OggStream();
    streams.set(serial, stream);
    if (streams.size > streamsMax) return undefined;
    const lacing = Buffer.from(head.subarray(pageHeadBytes, pageHeadBytes + (head[26] ?? 0)));
    position = await readPackets(reader, stream, lacing, position + pageHeadBytes + lacing.length);
  }
  for (const stream of streams.values()) finish(stream);
  return finished > 0 ? finished : undefined;
}

/** @returns where the page ends */
async function readPackets(
  reader: SoundReader,
  stream: OggStream,
  lacing: Buffer,
  start: number,
): Promise<number> {
  let position = start;
  for (const length of lacing) {
    const wanted = Math.min(length, Math.max(0, stream.wants));
    stream.push(wanted > 0 ? await reader.at(position, wanted) : Buffer.alloc(0), length);
    position += length;
    if (length < lacingMax) stream.endPacket();
  }
  return position;
}
