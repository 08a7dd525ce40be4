/**
 * Signs requests for Amazon Web Services with Signature Version 4, by AWS's own library
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html).
 */
import type { AwsKey } from './aws-keys.ts';

export interface SignableRequest {
  readonly method: string;
  /** Such as `https://bedrock-runtime.us-east-1.amazonaws.com`. */
  readonly origin: string;
  /** As it is sent: percent-encoded, with the query. */
  readonly path: string;
  /** Name, value, name, value. */
  readonly headers: readonly string[];
  /** SHA-256 of the body, in hexadecimal. */
  readonly payloadHash: string;
}

export interface SignatureScope {
  readonly service: string;
  readonly region: string;
}

/** AWS requires that these are signed where they are sent. Proxies may change others on the way. */
const signedHeader = /^(?:content-type|x-amzn?-.+)$/;
/** By this header the library takes a hash that is known already. */
const hashHeader = 'x-amz-content-sha256';

function signedHeaders({ origin, headers, payloadHash }: SignableRequest): Record<string, string> {
  const signed: Record<string, string> = { host: new URL(origin).host, [hashHeader]: payloadHash };
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = (headers[index] ?? '').toLowerCase();
    if (signedHeader.test(name)) signed[name] = headers[index + 1] ?? '';
  }
  return signed;
}

/** Names and values of a query, decoded; a name that occurs more than once has a list. */
function queryOf(search: string): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {};
  const parameters = new URLSearchParams(search);
  for (const name of new Set(parameters.keys())) {
    const values = parameters.getAll(name);
    const [only = ''] = values;
    query[name] = values.length === 1 ? only : values;
  }
  return query;
}

/**
 * Signs one request. The library encodes the path, which is percent-encoded already, a second time: every service of
 * AWS but S3 wants that.
 * @param now milliseconds since 1970-01-01 UTC; AWS refuses a signature that is more than five minutes old
 * @returns the headers to send besides those of the request
 */
export async function awsSignature(
  request: SignableRequest,
  { accessKeyId, secretAccessKey, sessionToken }: AwsKey & { readonly form: 'access_key' },
  scope: SignatureScope,
  now: number,
): Promise<Readonly<Record<string, string>>> {
  // Loaded with the first such request: 15 MB that a gateway without a channel to AWS does not need.
  const [{ SignatureV4 }, { Sha256 }] = await Promise.all([
    import('@smithy/signature-v4'),
    import('@smithy/core/checksum'),
  ]);
  const signer = new SignatureV4({
    ...scope,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    sha256: Sha256,
  });
  const { protocol, hostname } = new URL(request.origin);
  const [path = '', search = ''] = request.path.split('?', 2);
  const signed = await signer.sign(
    {
      method: request.method,
      protocol,
      hostname,
      path,
      query: queryOf(search),
      headers: signedHeaders(request),
    },
    { signingDate: new Date(now), unsignableHeaders: new Set([hashHeader]) },
  );
  const added = ['authorization', 'x-amz-date', 'x-amz-security-token'];
  return Object.fromEntries(
    added.flatMap((name) => (signed.headers[name] === undefined ? [] : [[name, signed.headers[name]]])),
  );
}
