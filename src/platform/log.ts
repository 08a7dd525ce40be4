/** Structured logs: one JSON object a line, buffered, with secrets removed. */
import { LogWriter } from './log-writer.ts';
import { redactFields, redactText } from './redact.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';
export type LogFields = Readonly<Record<string, unknown>>;

/** Fields that JSON can always write. */
export type PlainFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Fields and messages go through the redaction of redact.ts, so callers need not think of it. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /**
   * The line of one request, at level info: the cheap way, for there is one for every request.
   * @param own written as they are, so only what Halley made itself: ids, numbers, words of its own code
   * @param foreign texts that came from outside (names, models, error texts); these are redacted
   */
  requestLine(own: PlainFields, foreign: Readonly<Record<string, string | undefined>>): void;
  /** A log that puts these fields on every line. */
  child(fields: LogFields): Log;
  /** Hands what is buffered to the system before it returns. */
  flush(): void;
}

/** Where lines go: each call of `write` is one line with its newline. */
export interface LogDestination {
  write(line: string): void;
  flushSync?(): void;
}

const ranks: Readonly<Record<LogLevel, number>> = { debug: 1, info: 2, warn: 3, error: 4, silent: 5 };

let second = -1;
let secondText = '';

/** The time as ISO 8601 with milliseconds; the part that rarely changes is kept. */
function timeText(): string {
  const now = Date.now();
  const nowSecond = Math.floor(now / 1000);
  if (nowSecond !== second) {
    second = nowSecond;
    secondText = new Date(nowSecond * 1000).toISOString().slice(0, 20);
  }
  return `${secondText}${String(now % 1000).padStart(3, '0')}Z`;
}

/**
 * @param fields as JSON without the braces; empty or ending with a comma
 * @param message as JSON
 */
const lineOf = (level: LogLevel, fields: string, message: string): string =>
  `{"level":"${level}","time":"${timeText()}",${fields}"message":${message}}\n`;

/** `{ a: 1 }` -> `"a":1,` */
function inner(fields: LogFields): string {
  const json = JSON.stringify(fields);
  return json === '{}' ? '' : `${json.slice(1, -1)},`;
}

/** Texts that came by before, redacted and as JSON: names of keys, models and channels come again and again. */
const known = new Map<string, string>();
const known_max = 1000;
const known_chars_max = 128;

function clean(text: string): string {
  const found = known.get(text);
  if (found !== undefined) return found;
  const json = JSON.stringify(redactText(text));
  if (known.size >= known_max) known.clear();
  if (text.length <= known_chars_max) known.set(text, json);
  return json;
}

const droppedLine = (lines: number): string =>
  lineOf('warn', inner({ lines }), '"log lines were dropped: their reader was too slow"');

/** @param to where lines go; default: standard output, buffered */
export function createLog(
  options: { readonly level: LogLevel },
  to: LogDestination = new LogWriter(1, droppedLine),
): Log {
  const least = ranks[options.level];
  const withContext = (context: string): Log => {
    const at = (level: LogLevel) => (fields: LogFields, message: string) => {
      if (ranks[level] < least) return;
      const text = JSON.stringify(redactText(message));
      to.write(lineOf(level, context + inner(redactFields(fields)), text));
    };
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      requestLine: (own, foreign) => {
        if (ranks.info < least) return;
        let fields = context + inner(own);
        for (const name in foreign) {
          const text = foreign[name];
          if (text !== undefined) fields += `"${name}":${clean(text)},`;
        }
        to.write(lineOf('info', fields, '"request"'));
      },
      child: (fields) => withContext(context + inner(redactFields(fields))),
      flush: () => to.flushSync?.(),
    };
  };
  return withContext('');
}
