/** Generates the demo model's deterministic reply, marked as a demo, within the requested limits. */
import { type Fields, fieldsAt, wholeAt } from './fields.ts';
import { splitTokens } from './tokens.ts';

export interface Asked {
  /** The last text of the user. */
  readonly userText: string;
  readonly maxTokens: number | undefined;
  /** The response ends before the first of these. */
  readonly stops: readonly string[];
  readonly pace: Pace;
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

export function makeCompletion(asked: Asked): DemoCompletion {
  const whole = demoText(asked.userText);
  const stopped = firstStop(whole, asked.stops);
  const { chunks, chunkMs } = asked.pace;
  const all = [...splitTokens(stopped ? whole.slice(0, stopped.at) : whole)].slice(0, chunks);
  while (all.length < (chunks ?? 0)) all.push({ text: filler, tokens: 1 });

  const pieces: string[] = [];
  let outputTokens = 0;
  for (const { text, tokens } of all) {
    if (outputTokens + tokens > (asked.maxTokens ?? Number.POSITIVE_INFINITY)) break;
    pieces.push(text);
    outputTokens += tokens;
  }
  const cut = pieces.length < all.length;
  return {
    pieces,
    text: pieces.join(''),
    outputTokens,
    ending: cut ? 'length' : stopped ? 'stop_sequence' : 'done',
    stopSequence: !cut && stopped ? stopped.stop : null,
    chunkMs,
  };
}
