/** The gates of the three forms that an answer can have. */
import { closeBracket } from '../../domain/json-characters.ts';
import { limits } from '../../platform/limits.ts';
import type { ResponseForm } from '../protocol.ts';
import { type EndMarks, EventGate } from './event-tail-hold.ts';
import type { TailHold } from './hold.ts';
import { UsageEventFilter } from './usage-event-filter.ts';

const highestSpace = 0x20;

/** Keeps the last piece back, so that a JSON text is whole only when its end is given away. */
class LastPieceGate implements TailHold {
  readonly ended = false;
  #held: Buffer | undefined;

  push(piece: Buffer): Buffer | undefined {
    if (piece.length === 0) return undefined;
    const kept = piece.subarray(-limits.gate_bytes_max);
    const before = piece.subarray(0, piece.length - kept.length);
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

/** Keeps a piece back that ends as the array does, and the spaces after it. */
class ArrayEndGate implements TailHold {
  readonly ended = false;
  #held: Buffer | undefined;

  push(piece: Buffer): Buffer | undefined {
    const all = this.#held ? Buffer.concat([this.#held, piece]) : piece;
    const last = lastInk(piece);
    if (last === -1 ? !this.#held : piece[last] !== closeBracket) {
      this.#held = undefined;
      return all;
    }
    const old = last === -1 ? 0 : all.length - piece.length;
    const free = Math.max(old, all.length - limits.gate_bytes_max);
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
function lastInk(bytes: Buffer): number {
  let at = bytes.length - 1;
  while (at >= 0 && (bytes[at] ?? 0) <= highestSpace) at--;
  return at;
}

/** @param hideUsage whether an event that has only the usage is taken out of a stream of events */
export function tailHold(marks: EndMarks, form: ResponseForm, hideUsage: boolean): TailHold {
  if (form === 'json') return new LastPieceGate();
  if (form === 'json-array') return new ArrayEndGate();
  if (!hideUsage) return new EventGate(marks, limits.gate_bytes_max);
  const half = limits.gate_bytes_max / 2;
  return new UsageEventFilter(new EventGate(marks, half), half);
}
