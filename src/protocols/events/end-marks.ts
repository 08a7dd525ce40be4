/**
 * How the streams of each protocol say that they are over, as data for the tail holds. The names are those of the
 * API references (streaming). Pure.
 */
import type { EndMarks } from './event-tail-hold.ts';

const needles = (...texts: readonly string[]) => texts.map((text) => Buffer.from(text));

/** Chat completions and completions. */
export const chatEnd: EndMarks = { needles: needles('[DONE]'), surely: /(?:^|[\r\n])data: ?\[DONE\]/ };

export const responsesEnd: EndMarks = {
  needles: needles('response.completed', 'response.incomplete', 'response.failed'),
  surely: /(?:^|[\r\n])(?:event: ?|data: ?\{\s*"type": ?")response\.(?:completed|incomplete|failed)(?![\w.])/,
};

export const anthropicEnd: EndMarks = {
  needles: needles('message_stop'),
  surely: /(?:^|[\r\n])(?:event: ?|data: ?\{\s*"type": ?")message_stop(?!\w)/,
};

/** No event of Gemini's is known to be the last: more may follow one with the reason of an end. */
export const geminiEnd: EndMarks = { needles: needles('"finishReason"'), surely: undefined };
