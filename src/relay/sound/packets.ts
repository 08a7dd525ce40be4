/**
 * How long the packets of codecs play, by what each packet says of itself: a decoder plays that, whatever the container
 * says of the whole. Pure.
 */
import { flacFrame, flacRate } from './flac.ts';
import { VorbisPackets } from './vorbis.ts';

/** The packets of one stream, in order. */
export interface PacketCodec {
  /** @param start its first bytes, at least 16 unless it is shorter. @returns seconds */
  secondsOf(start: Buffer): number;
}

/** Frame sizes of Opus in milliseconds by configuration (RFC 6716, 3.1). */
const silkMs = [10, 20, 40, 60];
const hybridMs = [10, 20];
const celtMs = [2.5, 5, 10, 20];
/** A packet of Opus is no longer (RFC 6716, 3.4). */
const opusMsMax = 120;

export const opusPackets: PacketCodec = {
  secondsOf(start) {
    const [toc, count = 0] = start;
    // The headers of the stream in Ogg (RFC 7845, 5).
    const mark = start.toString('latin1', 0, 8);
    if (toc === undefined || mark === 'OpusHead' || mark === 'OpusTags') return 0;
    const config = toc >> 3;
    const ms = config < 12 ? silkMs[config & 3] : config < 16 ? hybridMs[config & 1] : celtMs[config & 3];
    const code = toc & 3;
    const frames = code === 0 ? 1 : code === 3 ? count & 63 : 2;
    return Math.min(opusMsMax, (ms ?? 0) * frames) / 1000;
  },
};

/** Each packet is a frame; what else there is are headers. @param head the header of the stream, with STREAMINFO in it */
function flacPackets(head: Buffer): PacketCodec {
  const rate = flacRate(head);
  return { secondsOf: (start) => flacFrame(start, 0, rate) ?? 0 };
}

/**
 * @param head the first packet of a stream in Ogg
 * @returns undefined = a codec that is not known
 */
export function oggPackets(head: Buffer): PacketCodec | undefined {
  const mark = head.toString('latin1', 0, 8);
  if (mark === 'OpusHead') return opusPackets;
  if (mark.startsWith('\x01vorbis')) return new VorbisPackets(head);
  return mark.startsWith('\x7fFLAC') ? flacPackets(head) : undefined;
}

/**
 * @param codec its id in Matroska (RFC 9559)
 * @param setup its private data
 */
export function matroskaPackets(codec: string, setup: Buffer): PacketCodec | undefined {
  if (codec === 'A_OPUS') return opusPackets;
  if (codec === 'A_FLAC') return flacPackets(setup);
  if (codec !== 'A_VORBIS') return undefined;
  // The three headers, with the lengths of the first two in bytes of at most 255.
  const lengths: number[] = [];
  let at = 1;
  for (let sum = 0; lengths.length < 2 && at < setup.length; at += 1) {
    const byte = setup[at] ?? 0;
    sum += byte;
    if (byte === 255) continue;
    lengths.push(sum);
    sum = 0;
  }
  const [first = 0, second = 0] = lengths;
  const packets = new VorbisPackets(setup.subarray(at, at + first));
  packets.readSetup(setup.subarray(at + first + second));
  return packets;
}
