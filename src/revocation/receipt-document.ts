/** Composes the document of a receipt from what the nodes have told. Pure. */
import {
  canonicalJson,
  type ReceiptAdmission,
  type ReceiptDocument,
  type ReceiptNode,
  type ReceiptState,
  receiptType,
} from '../domain/receipt.ts';
import type { KeyReport, NamedReport, OpenReceipt, ReceiptRow } from '../store/receipt-store.ts';
import type { Confirmation, Member } from './barriers.ts';

/** The node that makes deletions. */
export interface Self {
  readonly name: string;
  /** Empty = embedded. */
  readonly nodeId: string;
}

/** A deletion that was confirmed by the process that made it. Wall-clock milliseconds of that process. */
export interface ConfirmedDeletion {
  readonly receipt: OpenReceipt;
  readonly committedAt: number;
  readonly confirmedAt: number;
  /** Of the node itself. */
  readonly own: KeyReport;
  /** Undefined = there are no other nodes. */
  readonly confirmation: Confirmation | undefined;
}

const digestDigits = 16;

/** @param reports of other nodes on this key */
export function confirmedDocument(
  { receipt, committedAt, confirmedAt, own, confirmation }: ConfirmedDeletion,
  reports: readonly NamedReport[],
  inFlight: 'abort' | 'drain',
  self: Self,
): ReceiptDocument {
  const members = confirmation ? confirmation.members : [];
  const others = (members ?? [])
    .toSorted((one, other) => one.name.localeCompare(other.name))
    .map((member) => nodeOf(member, reports, confirmedAt));
  const isKnown =
    members !== undefined && others.every((node) => node.way !== 'acknowledged' || node.ended !== null);
  return {
    ...start(receipt, isKnown ? 'complete' : 'partial', inFlight),
    committed_at_ms: committedAt,
    confirmed_at_ms: confirmedAt,
    nodes: [reported(self.name, self.nodeId, 'made', own), ...others],
  };
}

/**
 * Of a deletion whose process ended before it was confirmed: what is left to say.
 * @param confirmedAt when another process found that no node uses the key, by its wall clock
 * @param makerName name of the node that made the deletion; empty = not known
 */
export function recoveredDocument(
  receipt: OpenReceipt,
  reports: readonly NamedReport[],
  confirmedAt: number,
  inFlight: 'abort' | 'drain',
  makerName: string,
): ReceiptDocument {
  const maker: ReceiptNode = {
    name: makerName,
    node_id: receipt.nodeId,
    way: 'interrupted',
    confirmed_at_ms: confirmedAt,
    clock: 'maker',
    ended: null,
    last_admission: { kind: 'not_after', ms: confirmedAt },
  };
  const others = reports.map((report) => reported(report.name, report.nodeId, 'acknowledged', report));
  return {
    ...start(receipt, 'partial', inFlight),
    committed_at_ms: null,
    confirmed_at_ms: confirmedAt,
    nodes: [maker, ...others],
  };
}

/** The document of a receipt as it is stored. While it is open, nothing is known but that the key was deleted. */
export function storedDocument(row: ReceiptRow, inFlight: 'abort' | 'drain'): ReceiptDocument {
  if (row.state !== 'open') return JSON.parse(row.document) as ReceiptDocument;
  return { ...start(row, 'open', inFlight), committed_at_ms: null, confirmed_at_ms: null, nodes: [] };
}

function start(receipt: OpenReceipt, state: ReceiptState, inFlight: 'abort' | 'drain') {
  const { id, keyId, accountId, name, hint, digest, origin, recordedAt } = receipt;
  return {
    type: receiptType,
    id,
    state,
    key: {
      id: keyId,
      name,
      hint,
      digest_prefix: Buffer.from(digest).toString('hex').slice(0, digestDigits),
    },
    account_id: accountId,
    requested_by: {
      account_id: origin.actorId,
      account_name: origin.actorName,
      credential: origin.credential,
      credential_id: origin.credentialId,
      address: origin.address,
      user_agent: origin.userAgent,
      request_id: origin.requestId,
    },
    in_flight: inFlight,
    recorded_at_ms: recordedAt,
  } as const;
}

function nodeOf(
  { incarnation, name, nodeId, by = 'lease_over' }: Member,
  reports: readonly NamedReport[],
  confirmedAt: number,
): ReceiptNode {
  const report = reports.find((each) => each.incarnation === incarnation);
  if (by === 'acknowledged' && report) return reported(name, nodeId, by, report);
  return {
    name,
    node_id: nodeId,
    way: by,
    confirmed_at_ms: confirmedAt,
    clock: 'maker',
    ended: null,
    last_admission: { kind: 'not_after', ms: confirmedAt },
  };
}

function reported(
  name: string,
  nodeId: string,
  way: 'made' | 'acknowledged',
  { appliedAt, ended, lastAdmittedAt, knownSince }: KeyReport,
): ReceiptNode {
  const last_admission: ReceiptAdmission =
    lastAdmittedAt === null ? { kind: 'none_since', ms: knownSince } : { kind: 'at', ms: lastAdmittedAt };
  return { name, node_id: nodeId, way, confirmed_at_ms: appliedAt, clock: 'own', ended, last_admission };
}

/** The text that is signed and stored. */
export const documentText = (document: ReceiptDocument): string => canonicalJson(document);
