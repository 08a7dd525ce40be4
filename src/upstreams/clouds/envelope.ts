/** Changes the outermost members of a request body: what the hosts of a model want elsewhere, or beside the rest. */
import type { Clock } from '../../platform/clock.ts';
import { overTurns } from '../../platform/over-turns.ts';
import { type ByteEdit, edited } from '../../protocols/json-bytes.ts';
import { type Member, MemberScanner } from '../../protocols/member-scanner.ts';

/** Scanned in one turn of the event loop: a millisecond or two. */
const bytesATurn = 65_536;

export interface Envelope {
  /** Names of members that are left out. */
  readonly removed: readonly string[];
  /** Members that are put before the others, as they are written: `"a":1,"b":2`. */
  readonly added: string;
}

/** The edits that leave members out together with one comma for each. */
function removals(members: readonly Member[], removed: readonly string[]): ByteEdit[] {
  const isRemoved = (member: Member | undefined) => member !== undefined && removed.includes(member.name);
  const edits: ByteEdit[] = [];
  let keptEnd: number | undefined;
  for (const [index, member] of members.entries()) {
    const next = members[index + 1];
    if (!isRemoved(member)) keptEnd = member.end;
    else if (next) edits.push({ start: member.start, end: next.start, text: '' });
    else if (keptEnd === undefined) edits.push({ start: member.start, end: member.end, text: '' });
    else
      return [
        ...edits.filter(({ start }) => start < Number(keptEnd)),
        { start: keptEnd, end: member.end, text: '' },
      ];
  }
  return edits;
}

/**
 * Returns the body with the envelope, every other byte unchanged. A large body takes several turns of the event loop.
 * @param body a valid JSON object, in order
 */
export async function inEnvelope(
  body: readonly Buffer[],
  { removed, added }: Envelope,
  clock: Pick<Clock, 'soon'>,
): Promise<readonly Buffer[]> {
  const scanner = new MemberScanner();
  await overTurns(body, bytesATurn, clock, (part) => scanner.push(part));
  const { members, opensAt } = scanner;
  const isEmpty = members.every(({ name }) => removed.includes(name));
  const insertion = { start: opensAt + 1, end: opensAt + 1, text: isEmpty ? added : `${added},` };
  return edited(body, [insertion, ...removals(members, removed)]);
}
