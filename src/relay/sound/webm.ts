/** Measures WebM and Matroska by the packets in their blocks (RFC 9559). Durations and timestamps are not read. */
import { limits } from '../../platform/limits.ts';
import { matroskaPackets, opusPackets, type PacketCodec } from './packets.ts';
import type { SoundReader } from './reader.ts';

/** Elements by their ids (RFC 9559, 27.1). */
const ids = {
  cluster: 0x1f43b675,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackType: 0x83,
  codec: 0x86,
  codecPrivate: 0x63a2,
  encodings: 0x6d80,
  simpleBlock: 0xa3,
  block: 0xa1,
} as const;
/** Segment, Cluster, Tracks, BlockGroup: what is in them is read, however long they say they are. */
const entered: ReadonlySet<number> = new Set([0x18538067, ids.cluster, 0x1654ae6b, 0xa0, ids.trackEntry]);
const clusterMark = Buffer.from('1f43b675', 'hex');
const soundType = 2;
const headBytesMax = 12;
/** Of Opus, to each frame of a block with several: its packets are no longer. */
const lacedOpusSeconds = 0.12;

interface Track {
  number: number;
  type: number;
  codec: string;
  setup: Buffer;
  /** Whether its packets are compressed or encrypted once more. */
  isEncoded: boolean;
}

interface SoundTrack {
  readonly codec: PacketCodec | undefined;
}

/** @returns the value and the length in bytes of a number with its marker (RFC 8794, 4); undefined = it is none */
function numberAt(
  bytes: Buffer,
  at: number,
  keepsMarker: boolean,
): { readonly value: number; readonly length: number } | undefined {
  const first = bytes[at] ?? 0;
  const length = Math.clz32(first) - 23;
  if (first === 0 || at + length > bytes.length) return undefined;
  let value = keepsMarker ? first : first & (0xff >> length);
  for (let index = 1; index < length; index += 1) value = value * 256 + (bytes[at + index] ?? 0);
  return { value, length };
}

class Matroska {
  readonly #reader: SoundReader;
  readonly #tracks = new Map<number, SoundTrack>();
  #track: Track | undefined;
  seconds = 0;

  constructor(reader: SoundReader) {
    this.#reader = reader;
  }

  async read(): Promise<void> {
    for (let position = 0; position < this.#reader.size; ) {
      const head = await this.#reader.at(position, headBytesMax);
      const id = numberAt(head, 0, true);
      const size = id && numberAt(head, id.length, false);
      if (!size) {
        position = await this.#reader.find(clusterMark, position + 1);
        continue;
      }
      const start = position + id.length + size.length;
      if (entered.has(id.value)) {
        this.#enter(id.value);
        position = start;
      } else if (start + size.value > this.#reader.size) {
        position = await this.#reader.find(clusterMark, position + 1);
      } else {
        await this.#element(id.value, start, size.value);
        position = start + size.value;
      }
    }
  }

  #enter(id: number): void {
    this.#endTrack();
    if (id !== ids.trackEntry) return;
    this.#track = { number: 0, type: 0, codec: '', setup: Buffer.alloc(0), isEncoded: false };
  }

  #endTrack(): void {
    const track = this.#track;
    this.#track = undefined;
    if (track?.type !== soundType || this.#tracks.has(track.number)) return;
    const codec = track.isEncoded ? undefined : matroskaPackets(track.codec, track.setup);
    this.#tracks.set(track.number, { codec });
  }

  async #element(id: number, start: number, size: number): Promise<void> {
    if (id === ids.simpleBlock || id === ids.block) return this.#block(start, size);
    const track = this.#track;
    if (!track) return;
    const value = Buffer.from(await this.#reader.at(start, Math.min(size, 65_536)));
    const number = () => (value.length >= 1 && value.length <= 6 ? value.readUIntBE(0, value.length) : 0);
    if (id === ids.trackNumber) track.number = number();
    if (id === ids.trackType) track.type = number();
    if (id === ids.codec) track.codec = value.toString('latin1').replace(/\0+$/, '');
    if (id === ids.encodings) track.isEncoded = true;
    if (id === ids.codecPrivate) track.setup = value;
  }

  async #block(start: number, size: number): Promise<void> {
    const head = await this.#reader.at(start, Math.min(size, 32));
    const number = numberAt(head, 0, false);
    const track = number && this.#tracks.get(number.value);
    if (!track) return;
    const packetAt = number.length + 3;
    const isLaced = ((head[packetAt - 1] ?? 0) & 0x06) !== 0;
    const frames = (head[packetAt] ?? 0) + 1;
    if (track.codec && !isLaced) this.seconds += track.codec.secondsOf(head.subarray(packetAt));
    else if (track.codec === opusPackets) this.seconds += frames * lacedOpusSeconds;
    else this.seconds += size / limits.unknown_sound_bytes_per_s;
  }
}

/** @returns seconds of all sound tracks; undefined = nothing in it plays */
export async function secondsOfWebm(reader: SoundReader): Promise<number | undefined> {
  const file = new Matroska(reader);
  await file.read();
  return file.seconds > 0 ? file.seconds : undefined;
}
