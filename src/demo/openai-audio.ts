/** The demo's OpenAI audio endpoints. Pure. */
import { BadRequest, type Fields, textOf } from './fields.ts';
import { filesAt } from './form.ts';
import { bytesReply, type DemoContext, type DemoReply, jsonReply, sseReply } from './reply.ts';
import { heard, secondsOf, spoken } from './sound.ts';
import { countTokens } from './tokens.ts';

/** https://platform.openai.com/docs/api-reference/audio/createSpeech */
const inputCharsMax = 4096;
const event = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;

/** POST /v1/audio/speech: tones, as WAV. */
export function speech(body: Fields, { chunkMs }: DemoContext): DemoReply {
  const text = textOf(body.input);
  if (text === '') throw new BadRequest('"input" must be a text.');
  if ([...text].length > inputCharsMax)
    throw new BadRequest(`"input" is longer than ${inputCharsMax} characters.`);
  const format = body.response_format ?? 'wav';
  if (format !== 'wav') throw new BadRequest('"response_format": the demo speaks WAV only. Send "wav".');
  const sound = spoken(text);
  if (body.stream_format !== 'sse') return bytesReply('audio/wav', sound);
  const input_tokens = countTokens(text);
  const output_tokens = Math.ceil(secondsOf(sound) * 20);
  const usage = { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens };
  return sseReply(
    [
      event({ type: 'speech.audio.delta', audio: sound.toString('base64') }),
      event({ type: 'speech.audio.done', usage }),
    ],
    chunkMs,
  );
}

/** POST /v1/audio/transcriptions and /translations: of the sounds that `speech` makes. */
export function transcriptions(body: Fields, { chunkMs }: DemoContext): DemoReply {
  const [file] = filesAt(body, 'file');
  if (!file) throw new BadRequest('"file" must be a file.');
  const text = heard(file.bytes);
  if (text === undefined)
    throw new BadRequest('The demo understands its own sounds only. Send one of demo-speech.');
  const seconds = Math.ceil(secondsOf(file.bytes));
  const usage = { type: 'duration', seconds };
  if (body.stream === 'true') {
    return sseReply(
      [
        ...[...text].map((delta) => event({ type: 'transcript.text.delta', delta })),
        event({ type: 'transcript.text.done', text, usage }),
      ],
      chunkMs,
    );
  }
  return written(body.response_format ?? 'json', text, secondsOf(file.bytes), usage);
}

function written(format: unknown, text: string, duration: number, usage: object): DemoReply {
  const end = (mark: string) => `00:00:${duration.toFixed(3).padStart(6, '0').replace('.', mark)}`;
  switch (format) {
    case 'json':
      return jsonReply({ text, usage });
    case 'verbose_json':
      return jsonReply({
        task: 'transcribe',
        language: 'english',
        duration,
        text,
        segments: [{ id: 0, start: 0, end: duration, text }],
        usage,
      });
    case 'text':
      return bytesReply('text/plain; charset=utf-8', Buffer.from(`${text}\n`));
    case 'srt':
      return bytesReply(
        'text/plain; charset=utf-8',
        Buffer.from(`1\n00:00:00,000 --> ${end(',')}\n${text}\n\n`),
      );
    case 'vtt':
      return bytesReply(
        'text/plain; charset=utf-8',
        Buffer.from(`WEBVTT\n\n00:00:00.000 --> ${end('.')}\n${text}\n\n`),
      );
    default:
      throw new BadRequest('"response_format" must be json, verbose_json, text, srt or vtt.');
  }
}
