/** Says who makes a change, for the audit log: the caller of a management request. */
import { auditText, credentialIdOf, type Origin } from '../domain/audit.ts';
import type { AuditCredential } from '../domain/audit-terms.ts';
import { limits } from '../platform/limits.ts';
import type { AccountRow, Credential } from '../store/store.ts';
import type { ManagementRequest } from './request.ts';

type Sender = Pick<ManagementRequest, 'clientAddress' | 'headers' | 'requestId'>;

/** A caller without an account, such as the sender of a report. */
export function anonymousOrigin({ clientAddress, headers, requestId }: Sender): Origin {
  return {
    actorId: 0,
    actorName: '',
    credential: 'none',
    credentialId: '',
    address: clientAddress,
    // A receipt keeps it for good, and a client may send kilobytes.
    userAgent: auditText(headers['user-agent'] ?? '', limits.audit_agent_chars_max),
    requestId,
  };
}

/** @param digest of the credential that the caller presented; undefined = it has none that may be named */
export function originOf(
  sender: Sender,
  { id, username }: Pick<AccountRow, 'id' | 'username'>,
  credential: AuditCredential,
  digest?: Uint8Array,
): Origin {
  const credentialId = digest ? credentialIdOf(digest) : '';
  return { ...anonymousOrigin(sender), actorId: id, actorName: username, credential, credentialId };
}

/** The kind of a management credential as the log names it. */
const auditedKind = {
  token: 'access_token',
  session: 'session',
  setup: 'setup_code',
} as const satisfies Record<Credential['kind'], AuditCredential>;

/** The kind of the credential of a request as the log names it. */
export function credentialKind(
  { isOfTool }: Pick<ManagementRequest, 'isOfTool'>,
  { kind }: Pick<Credential, 'kind'>,
): AuditCredential {
  return isOfTool ? 'mcp' : auditedKind[kind];
}
