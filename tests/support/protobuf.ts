/** Reads protobuf messages by their wire format, for tests that look at what was sent. */

/** The values of each field by its number, in order: bytes, or numbers of 64 or 32 bits as they are. */
export type Message = ReadonlyMap<number, readonly (Buffer | bigint)[]>;

export function readMessage(bytes: Buffer): Message {
  const fields = new Map<number, (Buffer | bigint)[]>();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at);
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number) => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = tag >> 3;
    const values = fields.get(number) ?? [];
    fields.set(number, values);
    const wire = tag & 7;
    if (wire === 0) values.push(varint());
    else if (wire === 1) values.push(take(8));
    else if (wire === 2) values.push(take(Number(varint())));
    else if (wire === 5) values.push(take(4));
    else throw new Error(`the wire type ${wire} is not known`);
  }
  return fields;
}

export function messagesAt(message: Message, number: number): readonly Message[] {
  return (message.get(number) ?? []).map((value) => readMessage(bytesOf(value)));
}

export function bytesAt(message: Message, number: number): Buffer | undefined {
  const value = message.get(number)?.at(-1);
  return value === undefined ? undefined : bytesOf(value);
}

export const textAt = (message: Message, number: number): string =>
  bytesAt(message, number)?.toString('utf8') ?? '';

/** Of a whole number of any encoding; 0 when it is missing. */
export function numberAt(message: Message, number: number): number {
  const value = message.get(number)?.at(-1);
  if (value === undefined) return 0;
  if (typeof value === 'bigint') return Number(BigInt.asIntN(64, value));
  return value.length === 4 ? value.readUInt32LE() : Number(value.readBigUInt64LE());
}

export const doubleAt = (message: Message, number: number): number | undefined =>
  bytesAt(message, number)?.readDoubleLE();

function bytesOf(value: Buffer | bigint): Buffer {
  if (typeof value === 'bigint') throw new Error('a number stands where bytes should');
  return value;
}
