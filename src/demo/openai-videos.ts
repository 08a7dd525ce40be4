/**
 * The demo's video jobs, which take five seconds. Their ids say all that there is to know of them, so that they outlive
 * the demo.
 */
import { BadRequest, type Fields, textOf } from './fields.ts';
import { filmOf } from './film.ts';
import { type DemoContext, type DemoReply, jsonReply } from './reply.ts';

/** How long a job takes, in milliseconds. */
const videoMs = 5000;

interface Film {
  readonly id: string;
  readonly startedMs: number;
  readonly prompt: string;
  readonly seconds: string;
  readonly size: string;
  readonly model: string;
}

/** In base64url: when it began and what was asked for. */
const idOf = (film: Omit<Film, 'id'>) => `video_${Buffer.from(JSON.stringify(film)).toString('base64url')}`;

function filmNamed(id: string): Film | undefined {
  try {
    const film: unknown = JSON.parse(Buffer.from(id.replace(/^video_/, ''), 'base64url').toString());
    return typeof film === 'object' && film !== null && 'startedMs' in film
      ? { ...(film as Omit<Film, 'id'>), id }
      : undefined;
  } catch {
    return undefined;
  }
}

/** What every path of videos gets. */
export interface VideoAsked {
  readonly method: string;
  /** Of the video in the path; '' = it names none. */
  readonly id: string;
  readonly isContent: boolean;
  readonly body: Fields;
  readonly nowMs: number;
  /** The header. */
  readonly range: string | undefined;
}

/** https://platform.openai.com/docs/api-reference/videos */
export function videos(asked: VideoAsked, { id }: Pick<DemoContext, 'id'>): DemoReply {
  if (asked.method === 'POST') return videoReply(begin(asked, id), asked.nowMs);
  const film = filmNamed(asked.id);
  if (!film) return notFound;
  if (asked.method === 'DELETE') return jsonReply({ id: film.id, object: 'video.deleted', deleted: true });
  if (!asked.isContent) return videoReply(film, asked.nowMs);
  return hasEnded(film, asked.nowMs) && !fails(film) ? contentReply(film, asked.range) : notFound;
}

const notFound = jsonReply(
  { error: { message: 'Not found.', type: 'invalid_request_error', code: null } },
  404,
);

function begin({ id, body, nowMs }: VideoAsked, unique: string): Film {
  const prompt = textOf(body.prompt);
  if (prompt === '') throw new BadRequest('"prompt" must be a text.');
  const origin = id === '' ? undefined : filmNamed(id);
  const film = {
    startedMs: nowMs,
    prompt: prompt.slice(0, 200),
    seconds: String(body.seconds ?? origin?.seconds ?? '4'),
    size: textOf(body.size) || origin?.size || '720x1280',
    model: textOf(body.model) || origin?.model || 'demo-video',
    unique,
  };
  return { ...film, id: idOf(film) };
}

const hasEnded = ({ startedMs }: Film, nowMs: number) => nowMs >= startedMs + videoMs;
/** A prompt that asks for it. */
const fails = ({ prompt }: Film) => /^fail\b/i.test(prompt);

function videoReply(film: Film, nowMs: number): DemoReply {
  const progress = Math.min(99, Math.max(0, Math.floor(((nowMs - film.startedMs) * 100) / videoMs)));
  const ended = hasEnded(film, nowMs);
  const { id, model, seconds, size, prompt } = film;
  const common = { id, object: 'video', model, seconds, size, prompt, remixed_from_video_id: null };
  const times = { created_at: Math.floor(film.startedMs / 1000), expires_at: null };
  if (!ended) {
    const status = progress === 0 ? 'queued' : 'in_progress';
    return jsonReply({ ...common, ...times, status, progress, completed_at: null, error: null });
  }
  const completed_at = Math.floor((film.startedMs + videoMs) / 1000);
  const error = fails(film) ? { code: 'moderation_blocked', message: 'The prompt asked to fail.' } : null;
  const status = error ? 'failed' : 'completed';
  return jsonReply({ ...common, ...times, status, progress: error ? progress : 100, completed_at, error });
}

function contentReply({ prompt }: Film, range: string | undefined): DemoReply {
  const bytes = filmOf(prompt);
  const [, first = '', last = ''] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
  const whole = { kind: 'bytes', contentType: 'image/gif' } as const;
  const headers = { 'accept-ranges': 'bytes' };
  if (first === '') return { ...whole, headers, body: bytes };
  const [from, to] = [Number(first), Math.min(last === '' ? bytes.length : Number(last) + 1, bytes.length)];
  if (from >= to) {
    const none = { ...headers, 'content-range': `bytes */${bytes.length}` };
    return { ...whole, status: 416, headers: none, body: Buffer.alloc(0) };
  }
  const part = { ...headers, 'content-range': `bytes ${from}-${to - 1}/${bytes.length}` };
  return { ...whole, status: 206, headers: part, body: bytes.subarray(from, to) };
}
