/** Checks the listener, for `halley doctor`: certificate, plain HTTP from other machines, undeclared proxies. */
import { daysLeft, readCertificate } from '../http/certificate.ts';
import { isLoopback } from '../http/plain-credentials.ts';
import type { Clock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';
import { SettingsError } from '../platform/settings/load.ts';
import type { Settings } from '../platform/settings/schema.ts';
import { asRecord, type Client } from './client.ts';
import { CliError } from './exit-codes.ts';
import { type Finding, failed, ok } from './finding.ts';

/** Checks what the settings alone show. */
export function checkListener(settings: Settings, clock: Clock): Finding[] {
  const { cert_path: cert, key_path: key } = settings.tls;
  if (cert !== undefined && key !== undefined) return [checkCertificate({ cert, key }, clock)];
  return [checkPlainListener(settings)];
}

function checkCertificate(paths: { cert: string; key: string }, clock: Clock): Finding {
  try {
    return expiryFinding(readCertificate(paths).notAfter, `${paths.cert} is`, clock);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return failed('certificate', error.problems.join(' '), error.exitCode);
  }
}

function expiryFinding(notAfter: number, what: string, clock: Clock): Finding {
  const check = 'certificate';
  const days = daysLeft({ notAfter }, clock.now());
  const cure = 'Renew it; a running gateway loads the new files by itself.';
  if (days < 0) return failed(check, `${what} expired, and clients refuse it. ${cure}`);
  if (days < limits.certificate_days_warned)
    return failed(check, `${what} valid for ${days} more days only. ${cure}`);
  return ok(check, `${what} valid for ${days} more days.`);
}

function checkPlainListener({ listen, http }: Settings): Finding {
  const check = 'listener';
  const host = listen.slice(0, listen.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
  if (host === 'localhost' || isLoopback(host))
    return ok(check, `${listen} is reachable from this machine only.`);
  if (http.trusted_proxies.length > 0) return ok(check, `${listen} is behind declared proxies.`);
  return failed(
    check,
    `${listen} is reachable from other machines over plain HTTP, where others on the network can read keys, tokens and passwords. Set tls.cert_path and tls.key_path, or put a proxy with HTTPS in front and name it in http.trusted_proxies.`,
  );
}

/** Share of requests. Below it, clients rather than a proxy may have sent the forwarding header. */
const undeclaredShareMin = 0.01;

/** Checks what the running gateway has observed. */
export async function checkSeen(client: Client, clock: Clock): Promise<Finding[]> {
  try {
    const data = asRecord(await client.call({ path: '/api/doctor' }));
    // A gateway of an earlier version does not report this field.
    const notAfter = Number(data.tls_not_after ?? 0);
    return [
      proxyFinding(data),
      plainFinding(data),
      ...(notAfter > 0 ? [expiryFinding(notAfter, 'The one in use is', clock)] : []),
    ];
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return [failed('proxy', `It cannot be asked: ${error.message}`, error.exitCode)];
  }
}

/** Warns when requests seem to come through a proxy that the settings do not list. */
function proxyFinding(data: Readonly<Record<string, unknown>>): Finding {
  const check = 'proxy';
  const [requests, undeclared] = [Number(data.requests), Number(data.undeclared_forwarded)];
  if (undeclared === 0) return ok(check, 'No proxy is in front that http.trusted_proxies does not list.');
  const seen = `${undeclared} of ${requests} requests came with X-Forwarded-For from an address that http.trusted_proxies does not list, the last from ${data.undeclared_peer}.`;
  if (undeclared < requests * undeclaredShareMin) {
    return ok(check, `${seen} So few may come from clients that forge the header.`);
  }
  return failed(
    check,
    `${seen} If this is your proxy, add it there. Until then, address allow-lists cannot distinguish the clients behind it, and the limit on failed logins distinguishes them only by what the proxy says.`,
  );
}

function plainFinding(data: Readonly<Record<string, unknown>>): Finding {
  const check = 'plain HTTP';
  // A gateway of an earlier version does not report this field.
  const requests = Number(data.plain_credentials ?? 0);
  if (requests === 0)
    return ok(check, 'No key, token or password arrived over plain HTTP from another machine.');
  return failed(
    check,
    `${requests} requests with a key, a token or a password arrived over plain HTTP from other machines, the last from ${data.plain_peer}. Set tls.cert_path and tls.key_path, or have the proxy in front serve HTTPS, say so in X-Forwarded-Proto, and be named in http.trusted_proxies.`,
  );
}
