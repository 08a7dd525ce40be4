/**
 * The schema of all settings. A setting `a.b_c` is written `a: { b_c: … }` in the file, `HALLEY_A_B_C` in the
 * environment and `--a.b-c` (or `--a.b_c`) as a flag; a later source overrides an earlier one.
 * docs/reference/configuration.md is generated from the descriptions here. `secret` marks values that are never shown and not
 * accepted as flags.
 */
import { z } from 'zod';
import { auditSettings } from './audit.ts';
import { httpSettings } from './http.ts';
import { jobsSettings } from './jobs.ts';
import { ledgerSettings } from './ledger.ts';
import { otelSettings } from './otel.ts';
import { publicUrl } from './public-url.ts';
import { serverSettings } from './server.ts';
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
      'Directory for the database and the server secret; created when missing. Only one process at a time can use it. With `database.url` it contains only files of this node.',
    ),
  listen: hostPort
    .default('127.0.0.1:8787')
    .describe('Address and port to listen on. Port 0 selects any free port.'),
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
      'The secret that key values are sealed under, 64 hexadecimal digits. Without it the gateway creates one in the data directory, readable only by its owner. How to replace it: backup.md.',
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
      'Further server secrets that can open sealed values: the next one before `server_secret` is replaced, and the previous one until everything is re-sealed (backup.md).',
    )
    .meta({ secret: true }),
  server: serverSettings,
  database: z
    .strictObject({
      url: z
        .string()
        .refine(isDatabaseUrl, 'must be postgres://user:password@host:port/database')
        .optional()
        .describe(
          'A PostgreSQL database (15 or newer), which any number of nodes may share (fleet.md). Without it the gateway stores everything in SQLite in the data directory.',
        )
        .meta({ secret: true, format: 'postgres://user:password@host:port/database' }),
      pool_max: z.int().min(2).max(500).default(10).describe('Connections of this node at a time.'),
      statement_ms: ms(5000, 'Time limit of one statement.'),
      connect_ms: ms(2000, 'Time limit for connecting, or for waiting for a free connection.'),
    })
    .prefault({}),
  fleet: z
    .strictObject({
      node_name: z
        .string()
        .regex(/^[A-Za-z0-9._:-]{1,64}$/, 'must be 1 to 64 letters, digits and . _ : -')
        .optional()
        .describe('Display name of this node. Default: the host name.'),
      lease_ms: z
        .int()
        .min(500)
        .max(60_000)
        .default(2000)
        .describe(
          'How long a node serves from its cache without reaching the database, in milliseconds; the same on all nodes. A deletion takes this long when a node does not respond, and in-flight requests continue this long when the database is down.',
        ),
      lost_node_s: z
        .int()
        .min(10)
        .max(86_400)
        .default(600)
        .describe(
          'Seconds without a sign of a node after which its reservations are released. A node that comes back sooner settles them itself.',
        ),
    })
    .prefault({}),
  admission: z
    .strictObject({
      mode: z
        .enum(['leased', 'strict'])
        .default('leased')
        .describe(
          '`leased`: the node admits keys from its cache while it holds a lease. `strict`: it queries the database for every request, which needs no assumption about clocks (revocation.md).',
        ),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info')
        .describe('Lowest level that is logged.'),
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
  otel: otelSettings,
  tls: tlsSettings,
  http: httpSettings,
  keys: z
    .strictObject({
      reveal: z
        .enum(['always', 'once'])
        .default('always')
        .describe(
          '`always`: the owner can read the value again, as in the compatible API. `once`: only the response of create shows it, and only its hash is stored.',
        ),
      per_account_max: z.int().min(1).default(10_000).describe('Keys that an account may have.'),
      cache_max: z
        .int()
        .min(100)
        .max(10_000_000)
        .default(50_000)
        .describe('Keys in the key cache. The gateway reads others from the database when they are used.'),
      leak_reports: z
        .enum(['delete', 'disable', 'off'])
        .default('delete')
        .describe(
          'What a report of a leaked key (`POST /api/credentials/revoke`) does. Anyone who has the value of a key may send it. `disable`: its owner may enable the key again. `off`: the call does not exist.',
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
        .describe('Default quota of a new account in units (500,000 = 1 USD); -1 = unlimited.'),
      session_hours: z
        .int()
        .min(1)
        .max(8760)
        .default(168)
        .describe('Lifetime of a console session, in hours.'),
      login_attempts_max: z
        .int()
        .min(1)
        .default(10)
        .describe('Failed logins from one network within the window before it gets 429.'),
      login_window_ms: ms(300_000, 'The window in which the failed logins of a network are counted.'),
      login_unknown_attempts_max: z
        .int()
        .min(1)
        .default(100)
        .describe(
          'Failed logins with one user name within an hour, from networks without a recent sign-in of that name, before these networks get 429.',
        ),
    })
    .prefault({}),
  groups: z
    .strictObject({
      selectable: z
        .array(z.string().min(1).max(64))
        .default(['default'])
        .describe("Groups that any account may choose for a key, in addition to the account's own."),
    })
    .prefault({}),
  revocation: z
    .strictObject({
      in_flight: z
        .enum(['abort', 'drain'])
        .default('abort')
        .describe(
          '`abort`: in-flight requests of revoked credentials are aborted before the change is confirmed. `drain`: they may finish. New requests are refused in both cases.',
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
          '`cometapi`: errors of model requests have the statuses, types and codes of CometAPI where they differ.',
        ),
    })
    .prefault({}),
  upstreams: upstreamsSettings,
  realtime: z
    .strictObject({
      idle_ms: ms(900_000, 'Time without an event after which a realtime session is closed.'),
      ping_ms: ms(
        30_000,
        'Interval of pings in a realtime session. A peer that shows no sign of life within one interval counts as gone.',
      ),
      settle_ms: z
        .int()
        .min(0)
        .max(1000)
        .default(500)
        .describe(
          'How long the upstream of a realtime session that ends may take to report the usage of what was running, in milliseconds. Without a report it is estimated. A revocation waits for it.',
        ),
    })
    .prefault({}),
  ledger: ledgerSettings,
  jobs: jobsSettings,
  audit: auditSettings,
  webhook: z
    .strictObject({
      url: z
        .string()
        .refine(isWebhookUrl, 'must be a complete http or https address without a user name')
        .optional()
        .describe(
          'Address to which budget alerts are sent, signed with `webhook.secret` (limits-and-budgets.md). Without it they are only logged and counted.',
        )
        .meta({ format: 'an http or https address' }),
      secret: z
        .string()
        .refine(
          isWebhookSecret,
          'must be whsec_ with 24 to 64 bytes in base64, or 24 to 256 visible characters',
        )
        .optional()
        .describe('The secret that signs budget alerts, by the Standard Webhooks scheme.')
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
          'How long the gateway still accepts requests after SIGTERM, in milliseconds. /readyz already fails, so that a load balancer can stop sending requests; afterwards connections are refused. 0 = the gateway only waits for in-flight requests, and others get 503.',
        ),
      drain_ms: ms(30_000, 'How long in-flight requests may continue after SIGTERM.'),
    })
    .prefault({}),
  console: z
    .strictObject({
      enabled: z
        .boolean()
        .default(true)
        .describe('Whether the gateway serves its console under /console, and sends browsers there from /.'),
    })
    .prefault({}),
  docs: z
    .strictObject({
      enabled: z
        .boolean()
        .default(true)
        .describe(
          'Whether the gateway serves its documentation under /docs, with /llms.txt and /llms-full.txt. Errors then link their description there.',
        ),
    })
    .prefault({}),
  mcp: z
    .strictObject({
      enabled: z
        .boolean()
        .default(false)
        .describe(
          'Whether the gateway serves /mcp, an MCP server with which agents manage the keys of an account (mcp.md).',
        ),
    })
    .prefault({}),
  demo: z
    .strictObject({
      enabled: z
        .boolean()
        .default(true)
        .describe('Whether the first start creates the channel `demo` for the built-in demo upstream.'),
      chunk_ms: z
        .int()
        .min(0)
        .max(60_000)
        .default(40)
        .describe("Pause between the chunks of the demo upstream's streams, in milliseconds."),
    })
    .prefault({}),
});

/** Settings that must be given together. */
export const settingPairs = [
  ['webhook.url', 'webhook.secret'],
  ['tls.cert_path', 'tls.key_path'],
] as const;

export type Settings = z.infer<typeof settingsSchema>;
