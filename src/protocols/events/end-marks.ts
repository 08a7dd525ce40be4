/**
 * How the streams of each protocol say that they are over, as data for the tail holds. The names are those of the
 * API references (streaming). Pure.
 */
import type { EndMarks } from './event-tail-hold.ts';

const needles = (...texts: readonly string[]) => texts.map((text) => Buffer.from(text));

/** Chat completions and completions. */
export const chatEnd: EndMarks = { needles: needles('[DONE]'), surely: /(?:^|[\r\n])data: ?\[DONE\]/ };

/**
 * Images. An event with a whole picture may be the last, or one of several. That with a stage of one never is, and must
 * not wait for the next.
 */
export const imagesEnd: EndMarks = {
  needles: needles('[DONE]', 'image_generation.completed', 'image_edit.completed'),
  surely: chatEnd.surely,
  never: /^\s*(?:event: ?|data: ?\{\s*"type": ?")image_(?:generation|edit)\.partial_/,
};

export const responsesEnd: EndMarks = {
  needles: needles('response.completed', 'response.incomplete', 'response.failed'),
  surely: /(?:^|[\r\n])(?:event: ?|data: ?\{\s*"type": ?")response\.(?:completed|incomplete|failed)(?![\w.])/,
};

export const speechEnd: EndMarks = {
  needles: needles('speech.audio.done'),
  surely: /(?:^|[\r\n])data: ?\{\s*"type": ?"speech\.audio\.done"/,
};

export const transcriptionEnd: EndMarks = {
  needles: needles('transcript.text.done'),
  surely: /(?:^|[\r\n])data: ?\{\s*"type": ?"transcript\.text\.done"/,
};

export const anthropicEnd: EndMarks = {
  needles: needles('message_stop'),
  surely: /(?:^|[\r\n])(?:event: ?|data: ?\{\s*"type": ?")message_stop(?!\w)/,
};

/** No event of Gemini's is known to be the last: more may follow one with the reason of an end. */
export const geminiEnd: EndMarks = { needles: needles('"finishReason"'), surely: undefined };
