/**
 * Judges which server secrets a node may start with, by what the database was written under. A secret is replaced in
 * three steps (docs/guides/fleet.md): every node accepts the new one; every node seals under it and accepts the old one;
 * when nothing is sealed under the old one, no node needs it.
 */
import type { SecretRing, ServerSecret } from '../domain/secret-ring.ts';
import { HalleyError } from '../platform/errors.ts';

/** Fingerprints of the secrets that the values of a database are sealed under. */
export interface SecretState {
  /** The secret that new values are sealed under, or will be soon. */
  readonly current: Uint8Array;
  /** During a rotation: the secret that the other values are still sealed under. */
  readonly previous: Uint8Array | null;
  /** Secrets that nothing is sealed under any more. */
  readonly retired: readonly Uint8Array[];
}

const fingerprintBytes = 32;

export function secretState(row: Readonly<Record<string, unknown>>): SecretState {
  const retired = row.retired as Uint8Array;
  return {
    current: row.fingerprint as Uint8Array,
    previous: row.previous as Uint8Array | null,
    retired: Array.from({ length: retired.byteLength / fingerprintBytes }, (_, index) =>
      retired.subarray(index * fingerprintBytes, (index + 1) * fingerprintBytes),
    ),
  };
}

/** The state of a database that only one ring has written. */
export function stateOf({ current }: SecretRing): SecretState {
  return { current: current.fingerprint, previous: null, retired: [] };
}

/**
 * The secret that is current, of those that are known here.
 * @throws HalleyError('store_unavailable') when it is not among them
 */
export function currentOf({ current }: SecretState, { known }: SecretRing): ServerSecret {
  const found = known.find(({ fingerprint }) => isSame(fingerprint, current));
  if (!found) throw foreignSecret();
  return found;
}

export function isSame(one: Uint8Array | null, other: Uint8Array | null): boolean {
  return one !== null && other !== null && Buffer.compare(one, other) === 0;
}

export function knows({ known }: SecretRing, fingerprint: Uint8Array): boolean {
  return known.some((secret) => isSame(secret.fingerprint, fingerprint));
}

/**
 * @returns whether the node begins a rotation: to its `server_secret`, from the one that is current
 * @throws HalleyError('store_unavailable') saying what to do, when the node could not open all that there is, or
 * would seal under a secret that others need not know
 */
export function judgeSecrets({ current, previous, retired }: SecretState, ring: SecretRing): boolean {
  const own = ring.current.fingerprint;
  if (!knows(ring, current)) throw isSame(own, previous) ? refusal(unknownNew) : foreignSecret();
  if (previous && !knows(ring, previous)) throw refusal(unfinished);
  if (isSame(own, current) || isSame(own, previous)) return false;
  if (retired.some((each) => isSame(each, own))) throw refusal(rotatedAway);
  if (previous) throw refusal(third);
  return true;
}

/** @param names of nodes that could not open values sealed under the new secret */
export function nodesBehind(names: readonly string[]): HalleyError {
  return refusal(
    `The new server_secret would not be known to these nodes: ${names.join(', ')}. First give every node the new secret in server_secrets_accepted, beside the server_secret that it has, and restart them one after another; then make it server_secret.`,
  );
}

export function foreignSecret(): HalleyError {
  return refusal(foreign);
}

/** For a running node, which must not start a rotation. */
export function unusedSecret(): HalleyError {
  return refusal('The server_secret of this node is not the one in use any more. Restart the node.');
}

const foreign =
  'The database was written under another server secret than this node has. Give every node the same one in the setting server_secret (HALLEY_SERVER_SECRET). To replace it, keep the old one in server_secrets_accepted until the rotation is finished (docs/guides/fleet.md).';
const unknownNew =
  'The server secret is being rotated, and this node does not know the new one. Give it the new secret as server_secret, and the old one in server_secrets_accepted.';
const unfinished =
  'The rotation of the server secret is not finished: values are still sealed under the old one. Keep the old secret in server_secrets_accepted (in the data directory: server-secret.old) until `halley secret status` says that it is finished.';
const rotatedAway =
  'The server_secret of this node is one that was rotated away from. Give it the secret that the other nodes have. To go back, rotate to a new one.';
const third =
  'The server secret is being rotated, and the server_secret of this node is neither the new one nor the old one. Finish that rotation first: `halley secret status` says how far it is.';

function refusal(message: string): HalleyError {
  return new HalleyError('store_unavailable', { message, log: message });
}
