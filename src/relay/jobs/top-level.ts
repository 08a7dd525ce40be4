/** Changes members at the top level of a JSON body, and leaves every other byte as it came. Pure. */
import { type ByteEdit, type Member, membersOf } from '../../protocols/json-bytes.ts';
import type { JsonObject } from '../../protocols/protocol.ts';

/** Where the members at the top level of a JSON object are, in bytes. */
export interface TopLevel {
  /** Just after the opening brace. */
  readonly start: number;
  /** In order. */
  readonly members: readonly Member[];
}

/** @param bytes a valid JSON object in UTF-8. Walks all of it */
export function topLevelOf(bytes: Buffer): TopLevel {
  return { start: bytes.indexOf('{') + 1, members: membersOf(bytes) };
}

/**
 * What changes members. It walks their places alone, not the text.
 * @param set by name; undefined removes the member; a name that is not there is put before the others
 */
export function memberEdits({ start, members }: TopLevel, set: JsonObject): readonly ByteEdit[] {
  const isRemoved = ({ name }: Member) =>
    name !== undefined && Object.hasOwn(set, name) && set[name] === undefined;
  const lastKept = members.findLastIndex((member) => !isRemoved(member));
  const present = new Set(members.map(({ name }) => name));
  const added = Object.entries(set).filter(([name, value]) => value !== undefined && !present.has(name));
  const text = added.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join();
  const insertion = { start, end: start, text: text !== '' && lastKept >= 0 ? `${text},` : text };
  const edits = members.flatMap((member, index): ByteEdit[] => {
    if (isRemoved(member)) return [removal(members, index, lastKept)];
    const { name } = member;
    if (name === undefined || !Object.hasOwn(set, name)) return [];
    return [{ start: member.start, end: member.end, text: JSON.stringify(set[name]) }];
  });
  return text === '' ? edits : [insertion, ...edits];
}

/** Before a member that is kept, the comma behind goes along; behind the last one, the comma before. */
function removal(members: readonly Member[], index: number, lastKept: number): ByteEdit {
  const [{ nameStart, end } = { nameStart: 0, end: 0 }, next] = members.slice(index, index + 2);
  const before = members[index - 1];
  if (index < lastKept && next) return { start: nameStart, end: next.nameStart, text: '' };
  return { start: before?.end ?? nameStart, end, text: '' };
}
