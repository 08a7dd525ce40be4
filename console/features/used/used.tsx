/** What a request used: tokens, or the pieces that were counted in their place. Its page loads the catalogue `used`. */
import { Count } from '../../components/numbers.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { kindsUsed, type PieceKind, piecesIn, piecesOut, type UsedRecord } from './pieces.ts';

interface UsedProps {
  readonly record: UsedRecord;
}

/** Of the input: tokens, or what came in by the piece. */
export function UsedIn({ record }: UsedProps) {
  return <Side record={record} tokens={record.prompt_tokens} kinds={piecesIn} />;
}

/** Of the output. */
export function UsedOut({ record }: UsedProps) {
  return <Side record={record} tokens={record.completion_tokens} kinds={piecesOut} />;
}

/** Of both together. */
export function UsedInAll({ record }: UsedProps) {
  const tokens = record.prompt_tokens + record.completion_tokens;
  return <Side record={record} tokens={tokens} kinds={[...piecesIn, ...piecesOut]} />;
}

/** Nothing where the other side alone has pieces. */
function Side({ record, tokens, kinds }: UsedProps & { tokens: number; kinds: readonly PieceKind[] }) {
  if (tokens > 0) return <Count value={tokens} />;
  const used = kindsUsed(record, kinds);
  if (used.length > 0) return <Pieces record={record} kinds={used} />;
  return hasPieces(record) ? null : <Count value={0} />;
}

export function hasPieces(record: UsedRecord): boolean {
  return kindsUsed(record, [...piecesIn, ...piecesOut]).length > 0;
}

function Pieces({ record, kinds }: UsedProps & { kinds: readonly PieceKind[] }) {
  const t = useMessages('used');
  return <span>{kinds.map((kind) => t(kind, { count: record.pieces[kind] })).join(', ')}</span>;
}
