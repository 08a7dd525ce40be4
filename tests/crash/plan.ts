/** The planned upstream response to one request. The client draws it, and the prompt carries it to the upstream. */
import type { Chance } from './chance.ts';

export const kinds = [
  'chat',
  'chat-stream',
  'responses',
  'responses-stream',
  'messages',
  'messages-stream',
  'generate',
  'generate-events',
  'generate-array',
  'embeddings',
] as const;
export type Kind = (typeof kinds)[number];

/**
 * Tokens as all protocols can report them: the parts of the input are included in it, and reasoning in the output.
 */
export interface Tokens {
  readonly input: number;
  readonly cached: number;
  readonly written: number;
  readonly output: number;
  readonly reasoning: number;
}

/** All numbers, so that a prompt can carry it; 0 means no, 1 yes. */
export interface Plan extends Tokens {
  readonly reports: number;
  readonly words: number;
  readonly gapMs: number;
  /** Whether chunks are split at arbitrary positions. */
  readonly cut: number;
  /** Delay before the end of the response. */
  readonly lateMs: number;
  /** 1 means an error instead of a response, 2 a connection that breaks in the middle. */
  readonly fault: number;
}

const members = [
  'input',
  'cached',
  'written',
  'output',
  'reasoning',
  'reports',
  'words',
  'gapMs',
  'cut',
  'lateMs',
  'fault',
] as const satisfies readonly (keyof Plan)[];

/** The highest limit that a request of the load sets. */
export const outputTokensMax = 100;

export function drawPlan(chance: Chance): Plan {
  const input = chance.whole(1, 60);
  const output = chance.whole(1, outputTokensMax);
  const cached = chance.is(0.4) ? chance.whole(0, input) : 0;
  const slow = chance.is(0.3);
  return {
    input,
    cached,
    written: chance.is(0.2) ? chance.whole(0, input - cached) : 0,
    output,
    reasoning: chance.is(0.3) ? chance.whole(0, output) : 0,
    reports: Number(chance.is(0.8)),
    words: chance.whole(1, 8),
    gapMs: slow ? chance.whole(5, 120) : 0,
    cut: Number(chance.is(0.3)),
    lateMs: chance.is(0.1) ? chance.whole(1, 300) : 0,
    fault: chance.is(0.98) ? 0 : chance.whole(1, 2),
  };
}

/** Contains only characters that JSON does not escape. */
export function promptOf(plan: Plan): string {
  return `PLAN ${members.map((member) => plan[member]).join(' ')} END and now some words that make it longer`;
}

/** @throws Error when the body contains no plan */
export function planIn(body: string): Plan {
  const numbers = /PLAN ([\d ]+) END/.exec(body)?.[1]?.split(' ').map(Number);
  if (numbers?.length !== members.length) throw new Error(`no plan in ${body}`);
  return Object.fromEntries(members.map((member, index) => [member, numbers[index]])) as unknown as Plan;
}
