/** Generates the demo model's deterministic reply, marked as a demo, within the requested limits. */
import { type Fields, fieldsAt, wholeAt } from './fields.ts';
import type { DemoCall, Script } from './script.ts';
import { countTokens, splitTokens } from './tokens.ts';

export interface Asked {
  /** The last text of the user. */
  readonly userText: string;
  readonly maxTokens: number | undefined;
  /** The response ends before the first of these. */
  readonly stops: readonly string[];
  readonly pace: Pace;
  /** Undefined means the usual reply alone. */
  readonly script?: Script;
}

/** The timing of a stream. */
export interface Pace {
  /** Number of chunks, independent of the text; undefined means one for each piece of the response. */
  readonly chunks: number | undefined;
  /** Pause between chunks in milliseconds. */
  readonly chunkMs: number;
}

export interface DemoCompletion {
  /** In the order of sending. Joined they are the text. */
  readonly pieces: readonly string[];
  readonly text: string;
  /** What was thought before the text, in the order of sending. */
  readonly thoughts: readonly string[];
  readonly thoughtTokens: number;
  /** The tools that are called after the text. */
  readonly calls: readonly DemoCall[];
  /** With thoughts and calls. */
  readonly outputTokens: number;
  /** `length` means truncated by `maxTokens`, `stop_sequence` that the response ended before a stop sequence. */
  readonly ending: 'done' | 'length' | 'stop_sequence';
  readonly stopSequence: string | null;
  readonly chunkMs: number;
}

const echoedCharsMax = 200;
/** One token in o200k_base. */
const filler = ' tick';

/**
 * Reads the body field `halley_demo: { chunks, chunk_ms }`, with which a request sets its own pace.
 * @param chunkMs default pause
 * @throws BadRequest when a value is out of bounds
 */
export function paceOf(body: Fields, chunkMs: number): Pace {
  const chosen = fieldsAt(body, 'halley_demo');
  return {
    chunks: wholeAt(chosen, 'chunks', 1, 100_000),
    chunkMs: wholeAt(chosen, 'chunk_ms', 0, 60_000) ?? chunkMs,
  };
}

function demoText(userText: string): string {
  const plain = userText.replace(/\s+/g, ' ').trim().toWellFormed();
  const chars = [...plain.slice(0, 4 * echoedCharsMax)];
  const echoed = chars.length > echoedCharsMax ? `${chars.slice(0, echoedCharsMax).join('')}…` : plain;
  return (
    `This is Halley's demo model: no AI wrote this answer. You said: "${echoed}". ` +
    'Add a channel with a real upstream to get real answers.'
  );
}

function firstStop(text: string, stops: readonly string[]): { at: number; stop: string } | undefined {
  return stops
    .map((stop) => ({ at: text.indexOf(stop), stop }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)[0];
}

interface Piece {
  readonly text: string;
  readonly tokens: number;
}

interface Taken {
  readonly pieces: readonly string[];
  readonly tokens: number;
  readonly isCut: boolean;
}

/** The pieces that fit a number of tokens. */
function take(all: readonly Piece[], tokensMax: number): Taken {
  const pieces: string[] = [];
  let taken = 0;
  for (const { text, tokens } of all) {
    if (taken + tokens > tokensMax) break;
    pieces.push(text);
    taken += tokens;
  }
  return { pieces, tokens: taken, isCut: pieces.length < all.length };
}

function spokenPieces(text: string, chunks: number | undefined): readonly Piece[] {
  const all = [...splitTokens(text)].slice(0, chunks);
  while (all.length < (chunks ?? 0)) all.push({ text: filler, tokens: 1 });
  return all;
}

const callTokens = (calls: readonly DemoCall[]) =>
  calls.reduce((sum, { name, args }) => sum + countTokens(name) + countTokens(JSON.stringify(args)), 0);

export function makeCompletion(asked: Asked): DemoCompletion {
  const { thought = '', text: said, calls = [] } = asked.script ?? {};
  const tokensMax = asked.maxTokens ?? Number.POSITIVE_INFINITY;
  const whole = said ?? demoText(asked.userText);
  const stopped = firstStop(whole, asked.stops);
  const { chunks, chunkMs } = asked.pace;

  const thoughts = take(splitTokens(thought), tokensMax);
  const shown = thoughts.isCut ? '' : stopped ? whole.slice(0, stopped.at) : whole;
  const spoken = take(thoughts.isCut ? [] : spokenPieces(shown, chunks), tokensMax - thoughts.tokens);
  const called = stopped ? [] : calls;
  const tokens = thoughts.tokens + spoken.tokens;
  const cut = thoughts.isCut || spoken.isCut || tokens + callTokens(called) > tokensMax;
  const sent = cut ? [] : called;
  return {
    pieces: spoken.pieces,
    text: spoken.pieces.join(''),
    thoughts: thoughts.pieces,
    thoughtTokens: thoughts.tokens,
    calls: sent,
    outputTokens: tokens + callTokens(sent),
    ending: cut ? 'length' : stopped ? 'stop_sequence' : 'done',
    stopSequence: !cut && stopped ? stopped.stop : null,
    chunkMs,
  };
}
