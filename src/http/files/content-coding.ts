/** Chooses the content coding of a response (RFC 9110, 12.5.3). */

/** Best first. Browsers that take zstd take brotli as well, which is smaller when made ahead of time. */
export const codings = ['br', 'gzip', 'identity'] as const;

export type Coding = (typeof codings)[number];

/**
 * @param accepted the request's Accept-Encoding
 * @param compressed the codings in which the file exists, besides `identity`
 * @returns the coding that the client prefers, the smallest of several; `identity` when it takes none
 */
export function chooseCoding(accepted: string | undefined, compressed: ReadonlyMap<Coding, unknown>): Coding {
  const weights = weightsOf(accepted ?? '');
  const weightOf = (coding: Coding) =>
    weights.get(coding) ?? weights.get('*') ?? (coding === 'identity' ? leastWeight : 0);
  const offered = codings.filter(
    (coding) => (coding === 'identity' || compressed.has(coding)) && weightOf(coding) > 0,
  );
  const best = Math.max(...offered.map(weightOf));
  return offered.find((coding) => weightOf(coding) === best) ?? 'identity';
}

/** Below every weight that a client can name: identity is allowed unless refused, but not asked for. */
const leastWeight = 0.0001;

function weightsOf(accepted: string): ReadonlyMap<string, number> {
  const entries = accepted.split(',').map((part): [string, number] => {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    const value = weight === undefined ? 1 : Number(weight);
    return [name, value >= 0 && value <= 1 ? value : 0];
  });
  return new Map(entries);
}
