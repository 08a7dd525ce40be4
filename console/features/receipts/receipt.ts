/** Receipts of deleted keys as the pages see them, and what can be read off them. */
import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import type { components } from '../../api/schema.ts';

export type SignedReceipt = components['schemas']['Receipt'];
export type ReceiptDocument = SignedReceipt['receipt'];
export type ReceiptNode = ReceiptDocument['nodes'][number];
export type Admission = ReceiptNode['last_admission'];

export const receiptsKey = ['receipts'] as const;

export const receiptQuery = (id: number) =>
  queryOptions({
    queryKey: [...receiptsKey, 'one', id],
    queryFn: ({ signal }) => dataOf(api.GET('/api/receipt/{id}', { signal, params: { path: { id } } })),
    // Nothing changes a receipt that is complete.
    refetchInterval: ({ state }) => (state.data?.receipt.state === 'open' ? 2000 : false),
  });

/** Milliseconds from the commit until no node used the key; undefined = not known. */
export function deathMs({ committed_at_ms: from, confirmed_at_ms: to }: ReceiptDocument): number | undefined {
  return from === null || to === null ? undefined : Math.max(0, to - from);
}

/** The requests that the deletion ended. */
export interface Ended {
  readonly count: number;
  /** Nodes that did not tell. */
  readonly unknown: number;
}

export function endedOf(nodes: readonly Pick<ReceiptNode, 'ended'>[]): Ended {
  const known = nodes.flatMap(({ ended }) => (ended === null ? [] : [ended]));
  return { count: known.reduce((sum, ended) => sum + ended, 0), unknown: nodes.length - known.length };
}

/** The latest admission that a node tells; undefined = none is known. */
export function lastAdmission(
  nodes: readonly ReceiptNode[],
): { readonly ms: number; readonly node: string } | undefined {
  return nodes
    .flatMap(({ name, last_admission: { kind, ms } }) => (kind === 'at' ? [{ ms, node: name }] : []))
    .toSorted((one, other) => other.ms - one.ms)[0];
}

/** The receipt as a file that anybody can verify. */
export const receiptText = (signed: SignedReceipt): string => `${JSON.stringify(signed, null, 2)}\n`;
