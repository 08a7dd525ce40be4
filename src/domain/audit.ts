/** Entries of the audit log: who changed what, from where, and what it was before. Pure; never holds a secret. */
import { limits } from '../platform/limits.ts';
import type { AuditAction, AuditCredential, AuditObject } from './audit-terms.ts';

/** Who makes a change, and from where. Every write that is audited takes one. */
export interface Origin {
  /** The account that acts; 0 = none is known. */
  readonly actorId: number;
  /** Its user name then; of a command the user of the operating system. */
  readonly actorName: string;
  readonly credential: AuditCredential;
  /** Start of the credential's digest, in hexadecimal; empty = it has none. */
  readonly credentialId: string;
  /** Empty = the change was made on the machine itself. */
  readonly address: string;
  readonly userAgent: string;
  readonly requestId: string;
}

export type AuditValue =
  | string
  | number
  | boolean
  | null
  | readonly AuditValue[]
  | { readonly [name: string]: AuditValue };

/** A field that differs. Without `before` and `after` it is a secret, of which only the change is kept. */
export interface FieldChange {
  readonly field: string;
  readonly before?: AuditValue;
  readonly after?: AuditValue;
}

/** What happened to which object, as a write notes it. */
export interface AuditNote {
  readonly action: AuditAction;
  readonly object: AuditObject;
  /** 0 = objects of this type have no number. */
  readonly objectId: number;
  readonly objectName: string;
  /** The account that the object belongs to; 0 = to the gateway. */
  readonly ownerId: number;
  readonly changes: readonly FieldChange[];
}

export interface AuditEvent extends Origin, AuditNote {
  readonly id: number;
  /** Milliseconds since 1970 UTC. */
  readonly createdMs: number;
}

/** Changes that the gateway makes by itself, such as those of its first start. */
export const gatewayOrigin: Origin = {
  actorId: 0,
  actorName: '',
  credential: 'gateway',
  credentialId: '',
  address: '',
  userAgent: '',
  requestId: '',
};

/** Tells one credential from another without helping to guess it: 32 bits of its digest. */
export function credentialIdOf(digest: Uint8Array): string {
  return Buffer.from(digest.subarray(0, 4)).toString('hex');
}

/** How a field appears in the log: under the name that the API has for it, or as a secret. */
export interface AuditedField {
  readonly name: string;
  readonly isSecret?: true;
}

/** Names of all fields of an object, so that a new field cannot be forgotten. */
export type AuditedFields<Fields> = Readonly<Record<keyof Fields, AuditedField>>;

/**
 * The fields that differ, in the order of `fields`.
 * @param before undefined = the object is new: what is empty is left out
 */
export function fieldChanges<Fields extends object>(
  fields: AuditedFields<Fields>,
  before: NoInfer<Fields> | undefined,
  after: NoInfer<Fields>,
): readonly FieldChange[] {
  return (Object.keys(fields) as (keyof Fields)[]).flatMap((member): FieldChange[] => {
    const { name, isSecret } = fields[member];
    const [old, now] = [before?.[member], after[member]];
    if (isSame(old, now) || (before === undefined && isEmpty(now))) return [];
    if (isSecret) return [{ field: name }];
    return [{ field: name, ...(before && { before: shown(old) }), after: shown(now) }];
  });
}

function isSame(left: unknown, right: unknown): boolean {
  return left === right || comparable(left) === comparable(right);
}

const comparable = (value: unknown) =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : JSON.stringify(value);

const isEmpty = (value: unknown) =>
  value === null || value === '' || ['[]', '{}'].includes(JSON.stringify(value));

/** A long value is cut, so that a list of a thousand models does not fill the log. */
function shown(value: unknown): AuditValue {
  const text = JSON.stringify(value) ?? 'null';
  const max = limits.audit_value_chars_max;
  if (text.length <= max) return JSON.parse(text) as AuditValue;
  return `${(typeof value === 'string' ? value : text).slice(0, max)}…`;
}

/** Cuts a text that a client sent to what the log keeps of it. */
export function auditText(text: string, charsMax: number): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .slice(0, charsMax)
    .toWellFormed();
}
