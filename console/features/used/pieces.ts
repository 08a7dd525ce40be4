/** What a request used by the piece in place of tokens. Pure. */

/** Kinds of pieces that come in, and those that are made. */
export const piecesIn = ['characters', 'audio_seconds', 'search_units'] as const;
export const piecesOut = ['images', 'video_seconds'] as const;

export type PieceKind = (typeof piecesIn)[number] | (typeof piecesOut)[number];

/** The part of a record that says what was used. */
export interface UsedRecord {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly pieces: Readonly<Record<PieceKind, number>>;
}

/** The kinds of which there are some, in their order. */
export function kindsUsed(
  { pieces }: Pick<UsedRecord, 'pieces'>,
  kinds: readonly PieceKind[],
): readonly PieceKind[] {
  return kinds.filter((kind) => pieces[kind] > 0);
}
