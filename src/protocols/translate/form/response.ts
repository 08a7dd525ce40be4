/**
 * The internal form of a response: a sequence of events. A reader makes the same sequence of a whole response and of
 * its stream, so a writer renders either. Pure types.
 */
import type { Usage } from '../../../domain/usage.ts';
import type { Carried } from './request.ts';

export type ResponseEvent =
  | StartEvent
  | PartStartEvent
  | PartDeltaEvent
  | PartEndEvent
  | UsageEvent
  | EndEvent
  | ErrorEvent;

/** What belongs to one of several choices: a sequence of parts of its own. */
interface OfChoice {
  /** Undefined = the first. */
  readonly choice?: number | undefined;
}

/** Once, first. */
export interface StartEvent {
  readonly type: 'start';
  /** The upstream's id; '' = none. */
  readonly id: string;
}

/**
 * A part of the output begins. The parts of a choice are numbered from 0 in the order in which they begin. A reader ends one part before
 * it begins the next: where an upstream interleaves them, it holds the later one back.
 */
export interface PartStartEvent extends OfChoice {
  readonly type: 'part-start';
  readonly index: number;
  readonly part:
    | { readonly kind: 'text' | 'refusal' | 'reasoning' }
    | { readonly kind: 'tool-call'; readonly id: string; readonly name: string }
    | { readonly kind: 'image'; readonly mediaType: string };
}

export interface PartDeltaEvent extends OfChoice {
  readonly type: 'part-delta';
  readonly index: number;
  /** Text, a piece of the arguments' JSON text, or base64 of an image. */
  readonly text: string;
  /** Of a text, where they were asked for. The text may be empty beside them: a token may be a part of a character. */
  readonly logprobs?: readonly TokenLogprob[] | undefined;
}

export interface Logprob {
  readonly token: string;
  /** Natural logarithm. */
  readonly logprob: number;
  /** Undefined = those of the token's text. */
  readonly bytes: readonly number[] | undefined;
}

export interface TokenLogprob extends Logprob {
  /** The likeliest tokens in this place, as many as were asked for. */
  readonly top: readonly Logprob[];
}

export interface PartEndEvent extends OfChoice {
  readonly type: 'part-end';
  readonly index: number;
  /** The signature of a reasoning part or tool call, or its encrypted text; undefined = none. */
  readonly carried?: Carried | undefined;
  /** Whether a reasoning part has only an encrypted text. */
  readonly isRedacted?: boolean | undefined;
  readonly citations?: readonly Citation[] | undefined;
}

export interface Citation {
  readonly url: string;
  readonly title: string;
  /** UTF-16 units within the text of the part. */
  readonly start: number;
  readonly end: number;
}

/** What the upstream reports so far; the last one counts. It is for the client to read, never for charging. */
export interface UsageEvent {
  readonly type: 'usage';
  readonly usage: Usage;
}

/** Why a response ended. */
export type EndReason =
  | 'stop'
  | 'stop-sequence'
  | 'length'
  | 'tool-calls'
  | 'refusal'
  /** The upstream stopped in the middle of its turn (`pause_turn`). */
  | 'paused';

export interface ChoiceEnd extends OfChoice {
  readonly reason: EndReason;
  /** The one that matched, where the upstream says so. */
  readonly stopSequence: string | undefined;
  /** Why the model refused, in words for the client; undefined = not said. */
  readonly refusal?: string | undefined;
}

/** Once, last, unless an error is: the end of the first choice. A stream that closes without one is broken off. */
export interface EndEvent extends ChoiceEnd {
  readonly type: 'end';
  /** The ends of the other choices. */
  readonly others?: readonly ChoiceEnd[] | undefined;
}

/** The upstream failed after it had begun. */
export interface ErrorEvent {
  readonly type: 'error';
  readonly message: string;
  /** The upstream's code or type; '' = none. */
  readonly code: string;
}
