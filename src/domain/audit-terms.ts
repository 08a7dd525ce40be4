/** The words of the audit log: what authenticated a caller, what was done, and to what. Pure. */

/** What authenticated the caller. `mcp` = an access token, by a tool of the MCP server; `cli` = a command on the machine itself, `gateway` = no caller at all. */
export const auditCredentials = [
  'session',
  'access_token',
  'mcp',
  'password',
  'setup_code',
  'api_key',
  'none',
  'cli',
  'gateway',
] as const;
export type AuditCredential = (typeof auditCredentials)[number];

export const auditActions = [
  'created',
  'updated',
  'deleted',
  'revealed',
  'revoked',
  'topped_up',
  'tested',
  'signed_in',
  'sign_in_failed',
  'signed_out',
  'restored',
] as const;
export type AuditAction = (typeof auditActions)[number];

export const auditObjects = [
  'key',
  'account',
  'session',
  'channel',
  'price',
  'price_group',
  'content',
  'job',
  'setting',
  'database',
] as const;
export type AuditObject = (typeof auditObjects)[number];
