/**
 * Verifies signatures of AWS's Signature Version 4 from its description alone
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html), apart from the library
 * that makes them.
 */
import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface ReceivedRequest {
  readonly method: string;
  /** Path and query as they were received. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

function encoded(text: string): string {
  const percent = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text).replace(/[!'()*]/g, percent);
}

function canonicalQuery(search: string): string {
  const pairs = [...new URLSearchParams(search)].map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
  return pairs.sort().join('&');
}

function canonicalRequest(
  { method, url, headers, body }: ReceivedRequest,
  signed: readonly string[],
): string {
  const [path = '', search = ''] = url.split('?', 2);
  const lines = signed.map(
    (name) =>
      `${name}:${String(headers[name] ?? '')
        .trim()
        .replaceAll(/ +/g, ' ')}`,
  );
  return [
    method,
    path.split('/').map(encoded).join('/'),
    canonicalQuery(search),
    ...lines,
    '',
    signed.join(';'),
    sha256(body),
  ].join('\n');
}

const form =
  /^AWS4-HMAC-SHA256 Credential=([A-Z0-9]+)\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/;

/**
 * @returns the region and service of a valid signature; the reason why it is none
 */
export function verifyAwsSignature(
  request: ReceivedRequest,
  secretOf: (accessKeyId: string) => string | undefined,
): { readonly region: string; readonly service: string } | string {
  const { headers } = request;
  const match = form.exec(headers.authorization ?? '');
  if (!match) return 'the Authorization header is no signature';
  const [, id = '', day = '', region = '', service = '', names = '', signature] = match;
  const secret = secretOf(id);
  if (secret === undefined) return 'the access key is unknown';
  const date = String(headers['x-amz-date']);
  if (!date.startsWith(day)) return 'the dates differ';
  const signed = names.split(';');
  const required = [
    'host',
    'content-type',
    ...Object.keys(headers).filter((name) => name.startsWith('x-amz')),
  ];
  const missing = required.find((name) => headers[name] !== undefined && !signed.includes(name));
  if (missing !== undefined) return `${missing} is not signed`;
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(canonicalRequest(request, signed))].join('\n');
  const key = [region, service, 'aws4_request'].reduce<Buffer>(hmac, hmac(`AWS4${secret}`, day));
  return hmac(key, text).toString('hex') === signature ? { region, service } : 'the signature does not match';
}
