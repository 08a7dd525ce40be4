/**
 * A set of objects that come and go with each request. A `Set` or `Map` would keep them from being collected: V8 replaces
 * its table again and again while members go, and each table refers to the next. Once one of them has got into the old
 * generation, all later ones survive until the next full collection, with the members that they had.
 */

/** What may be in a bag, and in one only. */
export interface BagMember {
  /** Where it is in its bag, kept by the bag; undefined or -1 = in none. */
  bagIndex?: number;
}

export class Bag<Member extends BagMember> {
  readonly #members: Member[] = [];

  get size(): number {
    return this.#members.length;
  }

  add(member: Member): void {
    if (this.#has(member)) return;
    member.bagIndex = this.#members.length;
    this.#members.push(member);
  }

  /** @returns whether it was in the bag */
  remove(member: Member): boolean {
    if (!this.#has(member)) return false;
    const last = this.#members.pop();
    if (last && last !== member) {
      const { bagIndex: place = -1 } = member;
      this.#members[place] = last;
      last.bagIndex = place;
    }
    member.bagIndex = -1;
    return true;
  }

  #has(member: Member): boolean {
    const { bagIndex = -1 } = member;
    return bagIndex >= 0 && this.#members[bagIndex] === member;
  }

  /** The members now, in no order. */
  all(): readonly Member[] {
    return [...this.#members];
  }

  filter(chosen: (member: Member) => boolean): readonly Member[] {
    return this.#members.filter(chosen);
  }
}
