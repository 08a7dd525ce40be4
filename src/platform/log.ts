/** Structured logs: one JSON object a line, buffered, with secrets removed. */
import { LogWriter } from './log-writer.ts';
import { redactFields, redactText } from './redact.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';
export type LogFields = Readonly<Record<string, unknown>>;

/** Fields that JSON can always represent. */
export type PlainFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** redact.ts redacts all fields and messages, so callers need not. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /**
   * Writes the line of one request at level info. Cheaper than `info`, since every request has such a line.
   * @param own written without redaction, so only values made by Halley: ids, numbers, constants
   * @param foreign text from outside (names, models, error messages), which is redacted
   */
  requestLine(own: PlainFields, foreign: Readonly<Record<string, string | undefined>>): void;
  /** Creates a log that adds these fields to every line. */
  child(fields: LogFields): Log;
  /** Writes the buffer to the system synchronously. */
  flush(): void;
}

/** Receives lines: each call of `write` is one line with its newline. */
export interface LogDestination {
  write(line: string): void;
  flushSync?(): void;
}

const ranks: Readonly<Record<LogLevel, number>> = { debug: 1, info: 2, warn: 3, error: 4, silent: 5 };

let second = -1;
let secondText = '';

/** Formats the time as ISO 8601 with milliseconds. Caches the part that rarely changes. */
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
 * @param fields JSON without braces; empty or ending with a comma
 * @param message JSON
 */
const lineOf = (level: LogLevel, fields: string, message: string): string =>
  `{"level":"${level}","time":"${timeText()}",${fields}"message":${message}}\n`;

/** Converts `{ a: 1 }` to `"a":1,`. */
function inner(fields: LogFields): string {
  const json = JSON.stringify(fields);
  return json === '{}' ? '' : `${json.slice(1, -1)},`;
}

/** Caches redacted texts as JSON: names of keys, models and channels recur. */
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

export interface LogOptions {
  readonly level: LogLevel;
  /** Whether other processes write to the same standard output. */
  readonly isShared?: boolean;
}

/** @param to receives the lines; default: standard output, buffered */
export function createLog(
  options: LogOptions,
  to: LogDestination = new LogWriter(1, droppedLine, options.isShared),
): Log {
  const least = ranks[options.level];
  const withContext = (context: string): Log => {
    const writer = (level: LogLevel) => (fields: LogFields, message: string) => {
      if (ranks[level] < least) return;
      const text = JSON.stringify(redactText(message));
      to.write(lineOf(level, context + inner(redactFields(fields)), text));
    };
    return {
      debug: writer('debug'),
      info: writer('info'),
      warn: writer('warn'),
      error: writer('error'),
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
