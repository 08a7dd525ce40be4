/**
 * Confirmations of a deletion for MCP clients that cannot ask their user: texts that name the key and die after a
 * minute. Any node can check them, and none keeps them.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SecretRing, ServerSecret } from '../../domain/secret-ring.ts';
import { limits } from '../../platform/limits.ts';

/** What is confirmed, and by whom. */
export interface Subject {
  readonly keyId: number;
  /** Names the access token of the caller. */
  readonly owner: string;
}

/**
 * @param now seconds since 1970
 * @returns such as `delete-17-1800000060-…`
 */
export function makeConfirmation({ current }: SecretRing, subject: Subject, now: number): string {
  const end = now + limits.mcp_confirmation_s;
  return `delete-${subject.keyId}-${end}-${signature(current, subject, end)}`;
}

/** Whether a text confirms the deletion at this time, in seconds since 1970. */
export function isConfirmed({ known }: SecretRing, text: string, subject: Subject, now: number): boolean {
  const [, end = '0', given = ''] = /^delete-\d+-(\d{1,12})-([\w-]{43})$/.exec(text) ?? [];
  if (Number(end) <= now) return false;
  return known.some((secret) => {
    const expected = signature(secret, subject, Number(end));
    return timingSafeEqual(Buffer.from(given), Buffer.from(expected));
  });
}

function signature({ bytes }: ServerSecret, { keyId, owner }: Subject, end: number): string {
  return createHmac('sha256', bytes)
    .update(`halley mcp deletion\n${owner}\n${keyId}\n${end}`)
    .digest('base64url');
}
