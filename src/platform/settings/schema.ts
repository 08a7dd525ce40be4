/**
 * The schema of all settings. A setting `a.b_c` is written `a: { b_c: … }` in the file, `HALLEY_A_B_C` in the
 * environment and `--a.b-c` (or `--a.b_c`) as a flag; a later source wins. The reference in docs/configuration.md is
 * generated from the descriptions here. `secret` marks what is never shown or taken as a flag.
 */
import { z } from 'zod';
import { httpSettings } from './http.ts';
import { ledgerSettings } from './ledger.ts';
import { publicUrl } from './public-url.ts';
import { tlsSettings } from './tls.ts';
import { tombstonesSettings } from './tombstones.ts';
import { upstreamsSettings } from './upstreams.ts';
import { hostPort, isDatabaseUrl, isWebhookSecret, isWebhookUrl, ms } from './values.ts';

export const settingsSchema = z.strictObject({
  data_dir: z
    .string()
    .min(1)
    .default('halley-data')
    .describe(
      'Directory for the database and the server secret; made when missing. One process at a time may use it. With `database.url` it holds only what belongs to this node alone.',
    ),
  listen: hostPort
    .default('127.0.0.1:8787')
    .describe('Address and port to listen on. Port 0 takes any free one.'),
  public_url: publicUrl,
  bootstrap_token: z
    .string()
    .min(16)
    .max(256)
    .regex(/^[\x21-\x7e]+$/, 'must be visible ASCII characters without spaces')
    .optional()
    .describe(
      "The root account's first personal access token, for unattended installs: with it a first start prints no secret. Ignored once the root account exists.",
    )
    .meta({ secret: true }),
  server_secret: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hexadecimal digits (32 bytes)')
    .optional()
    .describe(
      'The secret that key values are sealed under, 64 hexadecimal digits. Without it one is made in the data directory, readable by its owner alone. How to replace it: operations.md.',
    )
    .meta({ secret: true, format: '64 hexadecimal digits' }),
  server_secrets_accepted: z
    .array(
      z
        .string()
        .regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hexadecimal digits (32 bytes) each')
        .meta({ format: '64 hexadecimal digits' }),
    )
    .default([])
    .describe(
      'Other server secrets that sealed values are opened with: the next one before `server_secret` is replaced, and the one before until everything is re-sealed (operations.md).',
    )
    .meta({ secret: true }),
  database: z
    .strictObject({
      url: z
        .string()
        .refine(isDatabaseUrl, 'must be postgres://user:password@host:port/database')
        .optional()
        .describe(
          'A PostgreSQL database (15 or newer), which any number of nodes may share (fleet.md). Without it everything is kept in SQLite in the data directory.',
        )
        .meta({ secret: true, format: 'postgres://user:password@host:port/database' }),
      pool_max: z.int().min(2).max(500).default(10).describe('Connections of this node at a time.'),
      statement_ms: ms(5000, 'Time for one statement, before it counts as failed.'),
      connect_ms: ms(2000, 'Time to connect, or to wait for a free connection.'),
    })
    .prefault({}),
  fleet: z
    .strictObject({
      node_name: z
        .string()
        .regex(/^[A-Za-z0-9._:-]{1,64}$/, 'must be 1 to 64 letters, digits and . _ : -')
        .optional()
        .describe("What people see of this node. Without it, the machine's name."),
      lease_ms: z
        .int()
        .min(500)
        .max(60_000)
        .default(2000)
        .describe(
          'How long a node serves from memory without hearing from the database, in milliseconds; the same on all nodes. So long a deletion takes when a node does not answer, and so long running requests outlive a database that is away.',
        ),
      lost_node_s: z
        .int()
        .min(10)
        .max(86_400)
        .default(600)
        .describe(
          'After how many seconds without a sign of a node what its requests had reserved is free again; when it comes back sooner, it settles them itself.',
        ),
    })
    .prefault({}),
  admission: z
    .strictObject({
      mode: z
        .enum(['leased', 'strict'])
        .default('leased')
        .describe(
          '`leased`: keys are admitted from memory while the lease lives. `strict`: the database is asked for every request, which needs no assumption about clocks (revocation.md).',
        ),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info')
        .describe('What is logged: this level and above.'),
      requests: z.boolean().default(true).describe('Whether each request gets a log line.'),
    })
    .prefault({}),
  metrics: z
    .strictObject({
      listen: hostPort
        .optional()
        .describe(
          'Address of a separate listener for /metrics, open to every client that can connect. Without it /metrics is on the main listener for administrators, by access token.',
        ),
    })
    .prefault({}),
  tls: tlsSettings,
  http: httpSettings,
  keys: z
    .strictObject({
      reveal: z
        .enum(['always', 'once'])
        .default('always')
        .describe(
          '`always`: the owner can read the value again, as the compatible API has it. `once`: only the answer of create shows it and nothing but its hash is stored.',
        ),
      per_account_max: z.int().min(1).default(10_000).describe('Keys an account may have.'),
      cache_max: z
        .int()
        .min(100)
        .max(10_000_000)
        .default(50_000)
        .describe('Key records held in memory; the rest is read from the database when used.'),
      leak_reports: z
        .enum(['delete', 'disable', 'off'])
        .default('delete')
        .describe(
          'What a report of a leaked key (`POST /api/credentials/revoke`) does, which anyone may send: the holder of a value can end its key anyway. `disable`: its owner may enable it again. `off`: there is no such call.',
        ),
    })
    .prefault({}),
  accounts: z
    .strictObject({
      initial_quota: z
        .int()
        .min(-1)
        .max(500_000_000_000_000)
        .default(-1)
        .describe(
          'Quota of a new account in units (500,000 = 1 USD) where its creator names none; -1 = unlimited.',
        ),
      session_hours: z.int().min(1).max(8760).default(168).describe('Life of a console session, in hours.'),
      login_attempts_max: z
        .int()
        .min(1)
        .default(10)
        .describe('Failed logins from one network within the window, before 429.'),
      login_window_ms: ms(300_000, 'The window in which the failed logins of a network are counted.'),
      login_unknown_attempts_max: z
        .int()
        .min(1)
        .default(100)
        .describe(
          'Failed logins with one user name within an hour from networks it has not signed in from lately, before 429 there.',
        ),
    })
    .prefault({}),
  groups: z
    .strictObject({
      selectable: z
        .array(z.string().min(1).max(64))
        .default(['default'])
        .describe("Groups that any account may choose for a key, besides the account's own."),
    })
    .prefault({}),
  revocation: z
    .strictObject({
      in_flight: z
        .enum(['abort', 'drain'])
        .default('abort')
        .describe(
          '`abort`: requests in flight with a revoked right are aborted before the change is confirmed. `drain`: they may finish; nothing new is admitted either way.',
        )
        .meta({ formerValues: { cut: 'abort' } }),
    })
    .prefault({}),
  errors: z
    .strictObject({
      compat: z
        .enum(['none', 'cometapi'])
        .default('none')
        .describe(
          '`cometapi` answers model requests with the statuses, types and codes of CometAPI where they differ.',
        ),
    })
    .prefault({}),
  upstreams: upstreamsSettings,
  ledger: ledgerSettings,
  webhook: z
    .strictObject({
      url: z
        .string()
        .refine(isWebhookUrl, 'must be a whole http or https address without a user name')
        .optional()
        .describe(
          'Where notices of budgets are sent, signed with `webhook.secret` (limits-and-budgets.md). Without it they are logged and counted alone.',
        )
        .meta({ format: 'an http or https address' }),
      secret: z
        .string()
        .refine(
          isWebhookSecret,
          'must be whsec_ with 24 to 64 bytes in base64, or 24 to 256 visible characters',
        )
        .optional()
        .describe('The secret that notices are signed with, by the Standard Webhooks scheme.')
        .meta({
          secret: true,
          format: '`whsec_` and 24 to 64 bytes in base64, or 24 to 256 visible characters',
        }),
    })
    .prefault({}),
  tombstones: tombstonesSettings,
  shutdown: z
    .strictObject({
      delay_ms: z
        .int()
        .min(0)
        .max(600_000)
        .default(0)
        .describe(
          'How long requests are still taken after SIGTERM while /readyz already says no, so that a balancer can stop sending them; then connections are refused. 0 = running requests alone are waited for, and others get 503 meanwhile. In milliseconds.',
        ),
      drain_ms: ms(30_000, 'How long running requests may go on after SIGTERM.'),
    })
    .prefault({}),
  demo: z
    .strictObject({
      enabled: z
        .boolean()
        .default(true)
        .describe('Whether a first start makes the `demo` channel, an upstream that is built in.'),
      chunk_ms: z
        .int()
        .min(0)
        .max(60_000)
        .default(40)
        .describe("Pause between the chunks of the demo upstream's streams, in milliseconds."),
    })
    .prefault({}),
});

/** Settings of which one without the other means nothing. */
export const settingPairs = [
  ['webhook.url', 'webhook.secret'],
  ['tls.cert_path', 'tls.key_path'],
] as const;

export type Settings = z.infer<typeof settingsSchema>;
