/** Names holders: whatever has a balance, a budget or a limit. Pure. */

/**
 * The kinds of holders, from what a request names up to what stands above it. Accounting asks for no kind: a new one
 * is a word here, its columns in store/holder-columns.ts, its error code and its words in the message of that error.
 */
export const holderKinds = ['key', 'account'] as const;
export type HolderKind = (typeof holderKinds)[number];

/** A value for each kind. */
export function byKind<Value>(make: (kind: HolderKind) => Value): { readonly [Kind in HolderKind]: Value } {
  const values = holderKinds.map((kind) => [kind, make(kind)] as const);
  return Object.fromEntries(values) as { [Kind in HolderKind]: Value };
}

/** One holder. The holders of a request are a list of these in the order of `holderKinds`. */
export interface HolderRef {
  readonly kind: HolderKind;
  readonly id: number;
}

/** The id of each kind of holder; 0 = there is none. */
export type HolderIds = { readonly [Kind in HolderKind as `${Kind}Id`]: number };

/** The holders that have these ids. */
export function holdersOf(ids: HolderIds): readonly HolderRef[] {
  const holders: HolderRef[] = [];
  for (const kind of holderKinds) {
    const id = ids[`${kind}Id`];
    if (id !== 0) holders.push({ kind, id });
  }
  return holders;
}

/** The id of the holder of this kind; 0 = there is none. */
export function idOf(holders: readonly HolderRef[], kind: HolderKind): number {
  for (const holder of holders) if (holder.kind === kind) return holder.id;
  return 0;
}
