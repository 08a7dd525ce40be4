/** Makes the tail hold for each form of response. */
import { closeBracket } from '../../domain/json-characters.ts';
import { limits } from '../../platform/limits.ts';
import type { ResponseForm } from '../protocol.ts';
import { type EndMarks, EventTailHold } from './event-tail-hold.ts';
import type { TailHold } from './hold.ts';
import type { Piece } from './piece.ts';
import { UsageEventFilter } from './usage-event-filter.ts';

const highestSpace = 0x20;

/** Keeps the last piece of a JSON text, or of bytes, back. */
class LastPieceHold implements TailHold {
  readonly ended = false;
  #held: Buffer | undefined;

  push({ bytes }: Piece): Buffer | undefined {
    if (bytes.length === 0) return undefined;
    const kept = bytes.subarray(-limits.tail_hold_bytes_max);
    const before = bytes.subarray(0, bytes.length - kept.length);
    const free =
      before.length === 0 ? this.#held : Buffer.concat([this.#held ?? before.subarray(0, 0), before]);
    this.#held = kept;
    return free;
  }

  flush(): Buffer | undefined {
    const held = this.#held;
    this.#held = undefined;
    return held;
  }
}

/** Keeps a piece back that ends as a JSON array does, and the spaces after it. */
class ArrayEndHold implements TailHold {
  readonly ended = false;
  #held: Buffer | undefined;

  push({ bytes }: Piece): Buffer | undefined {
    const all = this.#held ? Buffer.concat([this.#held, bytes]) : bytes;
    const last = lastVisible(bytes);
    if (last === -1 ? !this.#held : bytes[last] !== closeBracket) {
      this.#held = undefined;
      return all;
    }
    const old = last === -1 ? 0 : all.length - bytes.length;
    const free = Math.max(old, all.length - limits.tail_hold_bytes_max);
    this.#held = all.subarray(free);
    return free === 0 ? undefined : all.subarray(0, free);
  }

  flush(): Buffer | undefined {
    const held = this.#held;
    this.#held = undefined;
    return held;
  }
}

/** @returns the index of the last byte that is no space; -1 when there is none */
function lastVisible(bytes: Buffer): number {
  let at = bytes.length - 1;
  while (at >= 0 && (bytes[at] ?? 0) <= highestSpace) at--;
  return at;
}

/** @param hideUsage whether an event that has only the usage is taken out of a stream of events */
export function tailHold(marks: EndMarks, form: ResponseForm, hideUsage: boolean): TailHold {
  if (form === 'json' || form === 'bytes') return new LastPieceHold();
  if (form === 'json-array') return new ArrayEndHold();
  const hold = new EventTailHold(marks, limits.tail_hold_bytes_max);
  return hideUsage ? new UsageEventFilter(hold) : hold;
}
