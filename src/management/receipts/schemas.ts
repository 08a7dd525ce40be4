/** Response schemas of receipts. They describe the document that is signed, member by member. */
import { z } from 'zod';
import { auditCredentials } from '../../domain/audit-terms.ts';
import { admissionKinds, confirmationWays, receiptType } from '../../domain/receipt.ts';

const milliseconds = (what: string) => z.int().describe(`${what}, in milliseconds since 1970.`);

const admissionSchema = z
  .object({ kind: z.enum(admissionKinds), ms: milliseconds('The time that `kind` refers to') })
  .describe(
    'The last request that the node admitted with the key. `at`: then. `none_since`: none since then. `not_after`: when is not known, but not later than then.',
  );

const receiptNodeSchema = z.object({
  name: z.string(),
  node_id: z.string().describe('Empty when embedded.'),
  way: z
    .enum(confirmationWays)
    .describe(
      '`made`: it made the deletion. `acknowledged`: it confirmed that it has applied the deletion. `lease_over`: it was silent until its lease was over. `left`: it ended its registration. `interrupted`: it made the deletion, and did not see its confirmation.',
    ),
  confirmed_at_ms: milliseconds('From then on it did not use the key'),
  clock: z
    .enum(['own', 'maker'])
    .describe(
      'Whose clock showed `confirmed_at_ms`: its own, or that of the node that confirmed the deletion.',
    ),
  ended: z.int().nullable().describe('Requests that the deletion ended there; `null` = not known.'),
  last_admission: admissionSchema,
});

const documentSchema = z.object({
  type: z.literal(receiptType),
  id: z.int(),
  state: z
    .enum(['open', 'partial', 'complete'])
    .describe(
      '`open`: the deletion is committed and not confirmed yet. `partial`: confirmed, but not everything about it is known.',
    ),
  key: z.object({
    id: z.int(),
    name: z.string(),
    hint: z.string().describe('Start and end of the value.'),
    digest_prefix: z.string().describe('First 16 digits of the SHA-256 of the value without `sk-`.'),
  }),
  account_id: z.int(),
  requested_by: z.object({
    account_id: z.int().describe('0 = no account.'),
    account_name: z.string(),
    credential: z.enum(auditCredentials),
    credential_id: z.string().describe('Start of the SHA-256 of the credential.'),
    address: z.string(),
    user_agent: z.string(),
    request_id: z.string(),
  }),
  in_flight: z.enum(['abort', 'drain']).describe('What happens to requests that run with a deleted key.'),
  recorded_at_ms: milliseconds('Just before the commit'),
  committed_at_ms: z.int().nullable().describe('When the node learned of the commit; `null` = not known.'),
  confirmed_at_ms: z
    .int()
    .nullable()
    .describe('From then on no node uses the key; `null` = not confirmed yet.'),
  nodes: z.array(receiptNodeSchema),
  open_jobs: z
    .int()
    .optional()
    .describe(
      'Jobs of the key that had not ended when the receipt was signed: they continue at their upstreams, and nobody can fetch them. Absent in older receipts, and while it is open.',
    ),
});

export const signedReceiptSchema = z.object({
  receipt: documentSchema,
  signature: z
    .object({
      algorithm: z.literal('Ed25519'),
      key_id: z.string().describe('`kid` in `/.well-known/halley-receipt-keys.json`.'),
      value: z.string().describe('Over the canonical JSON (RFC 8785) of `receipt`, in base64url.'),
    })
    .nullable()
    .describe('`null` while the receipt is open.'),
});

export const keySetSchema = z.object({
  keys: z.array(
    z.object({
      kty: z.literal('OKP'),
      crv: z.literal('Ed25519'),
      use: z.literal('sig'),
      kid: z.string(),
      x: z.string().describe('The public key, in base64url.'),
      created_at_ms: milliseconds('When it was made'),
      retired_at_ms: z
        .int()
        .nullable()
        .describe('When it signed for the last time; `null` = it still signs.'),
    }),
  ),
});
