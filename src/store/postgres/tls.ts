/** Parses TLS options of a database address, and advises when a certificate is refused. Pure. */

/** The driver takes these for `verify-full` and warns of it in the middle of the log. */
const sameAsFull: ReadonlySet<string> = new Set(['prefer', 'require', 'verify-ca']);

/** The address with the `sslmode` that is meant; `uselibpqcompat=true` in it keeps libpq's weaker meanings. */
export function withStrictTls(url: string): string {
  const parsed = URL.parse(url);
  const mode = parsed?.searchParams.get('sslmode') ?? '';
  if (!parsed || !sameAsFull.has(mode) || parsed.searchParams.get('uselibpqcompat') === 'true') return url;
  parsed.searchParams.set('sslmode', 'verify-full');
  return parsed.href;
}

const unknownIssuer =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/;
const otherFault = /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA)/;

/** Whether this is the code of an error with which OpenSSL or Node gives up on a connection. */
export function isTlsFault(code: string): boolean {
  return unknownIssuer.test(code) || otherFault.test(code);
}

/** What to do about it, as a sentence; undefined = it has nothing to do with TLS. */
export function tlsCure(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (/does not support SSL/.test(error.message)) {
    return 'Its TLS is off: set `ssl = on` there, with a certificate and a key.';
  }
  const code = 'code' in error ? String(error.code) : '';
  if (unknownIssuer.test(code)) {
    return 'Its certificate is from an unknown authority: add `sslrootcert` to the address, the file with the certificate of that authority.';
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return 'Its certificate is for another name: write a host that it is for into the address, or have it made for this one.';
  }
  return isTlsFault(code) ? 'Its certificate is not accepted: check that it is valid today.' : undefined;
}
