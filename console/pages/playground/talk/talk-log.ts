/**
 * What a session has said so far, read from its events (https://platform.openai.com/docs/api-reference/realtime), of the
 * general and of the beta interface. Everything read is foreign: what does not fit is ignored. Pure.
 */

export interface Turn {
  /** Of the item. */
  readonly id: string;
  readonly speaker: 'user' | 'model';
  readonly text: string;
  /** It was spoken; its text, if there is one, is a transcript. */
  readonly isSpoken: boolean;
  /** The upstream's id by which its record is found, once it is there: a response, or a transcription; '' = none. */
  readonly chargedAs: string;
}

export interface TalkLog {
  readonly turns: readonly Turn[];
  /** Ids of records, each a response or a transcription that is over, in their order. */
  readonly charged: readonly string[];
  /** Responses that are under way. */
  readonly responding: readonly string[];
  /** The last error, as the gateway or the upstream puts it: foreign text; '' = none. */
  readonly error: string;
}

export const emptyLog: TalkLog = { turns: [], charged: [], responding: [], error: '' };

/** @param event parsed JSON that the gateway sent */
export function withEvent(log: TalkLog, event: unknown): TalkLog {
  const type = textAt(event, 'type');
  switch (type) {
    case 'conversation.item.added':
    case 'conversation.item.created':
    case 'response.output_item.added':
      return withItem(log, at(event, 'item'), textAt(event, 'response_id'));
    case 'conversation.item.input_audio_transcription.delta':
      return said(log, textAt(event, 'item_id'), (text) => text + textAt(event, 'delta'));
    case 'conversation.item.input_audio_transcription.completed':
    case 'conversation.item.input_audio_transcription.failed':
      return transcribed(log, textAt(event, 'item_id'), at(event, 'transcript'));
    case 'response.output_audio_transcript.delta':
    case 'response.audio_transcript.delta':
    case 'response.output_text.delta':
    case 'response.text.delta':
      return said(log, textAt(event, 'item_id'), (text) => text + textAt(event, 'delta'));
    case 'response.created':
      return { ...log, responding: [...log.responding, textAt(at(event, 'response'), 'id')] };
    case 'response.done':
      return responded(log, at(event, 'response'));
    case 'error':
      return { ...log, error: textAt(at(event, 'error'), 'message') || 'error' };
    default:
      return log;
  }
}

function withItem(log: TalkLog, item: unknown, responseId: string): TalkLog {
  const id = textAt(item, 'id');
  if (id === '' || at(item, 'type') !== 'message') return log;
  const chargedAs = responseId;
  const known = log.turns.find((turn) => turn.id === id);
  if (known) return chargedAs === '' ? log : changed(log, id, (turn) => ({ ...turn, chargedAs }));
  const content = at(item, 'content');
  const parts: readonly unknown[] = Array.isArray(content) ? content : [];
  const turn: Turn = {
    id,
    speaker: at(item, 'role') === 'user' ? 'user' : 'model',
    text: parts.map((part) => textAt(part, 'text') || textAt(part, 'transcript')).join(''),
    isSpoken: parts.some((part) => textAt(part, 'type').includes('audio')),
    chargedAs,
  };
  return { ...log, turns: [...log.turns, turn] };
}

function changed(log: TalkLog, id: string, change: (turn: Turn) => Turn): TalkLog {
  return { ...log, turns: log.turns.map((turn) => (turn.id === id ? change(turn) : turn)) };
}

const said = (log: TalkLog, id: string, write: (text: string) => string): TalkLog =>
  changed(log, id, (turn) => ({ ...turn, text: write(turn.text) }));

/** @param transcript the whole of it; anything but a text = it failed */
function transcribed(log: TalkLog, id: string, transcript: unknown): TalkLog {
  const written = changed(log, id, (turn) => ({
    ...turn,
    text: typeof transcript === 'string' ? transcript : turn.text,
    chargedAs: id,
  }));
  return { ...written, charged: [...log.charged, id] };
}

function responded(log: TalkLog, response: unknown): TalkLog {
  const id = textAt(response, 'id');
  const failure = textAt(at(at(response, 'status_details'), 'error'), 'message');
  const hasFailed = at(response, 'status') === 'failed';
  return {
    ...log,
    responding: log.responding.filter((each) => each !== id),
    charged: [...log.charged, id],
    error: hasFailed ? failure || 'failed' : log.error,
  };
}

function at(value: unknown, member: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[member]
    : undefined;
}

/** @returns '' when there is no text */
export function textAt(value: unknown, member: string): string {
  const found = at(value, member);
  return typeof found === 'string' ? found : '';
}
