/** Parses one server-sent event (HTML standard, section 9.2.6). */

export interface ServerSentEvent {
  /** Of the `event` field; '' = there is none. */
  readonly name: string;
  /** The `data` fields, joined by line feeds; undefined = there is none. */
  readonly data: string | undefined;
  /** Lines that are no field of an event and no comment. */
  readonly stray: readonly string[];
}

const lineEnds = /\r\n|\n|\r/;
const otherFields = /^(?:id|retry)(?::|$)/;

/**
 * @param encoding `latin1` where only ASCII matters: it is faster and keeps the structure
 * @param event from after the blank line before it
 */
export function parseEvent(event: Buffer, encoding: 'utf8' | 'latin1' = 'utf8'): ServerSentEvent {
  const stray: string[] = [];
  let name = '';
  let data: string | undefined;
  for (const line of event
    .toString(encoding)
    .replace(/^(?:\uFEFF|\xEF\xBB\xBF)/, '')
    .split(lineEnds)) {
    if (isField(line, 'data')) data = data === undefined ? fieldValue(line) : `${data}\n${fieldValue(line)}`;
    else if (isField(line, 'event')) name = fieldValue(line);
    else if (line !== '' && !line.startsWith(':') && !otherFields.test(line)) stray.push(line);
  }
  return { name, data, stray };
}

function isField(line: string, name: string): boolean {
  return line.startsWith(name) && (line.length === name.length || line[name.length] === ':');
}

function fieldValue(line: string): string {
  const colon = line.indexOf(':');
  if (colon === -1) return '';
  return line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
}
