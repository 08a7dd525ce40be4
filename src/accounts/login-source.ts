/** Determines the source of a login: the network it counts for and the proxy in front. Pure. */
import { forwardedAddresses, networkOf } from '../http/client-address.ts';
import { limits } from '../platform/limits.ts';

export interface LoginRequest {
  /** The peer of the connection, or the client that declared proxies name. */
  readonly clientAddress: string;
  /** X-Forwarded-For of a peer that is not declared as a proxy. */
  readonly undeclaredForwarding: string | undefined;
}

export interface LoginSource {
  readonly network: string;
  /** The network of a proxy that names further addresses and is not declared as one. */
  readonly undeclaredProxy: string | undefined;
}

/**
 * Behind a proxy that is not declared all clients share its address, which must not make them one. Each counts
 * by the proxy's address together with what the proxy says of it. That may be invented, so it is never an
 * address of its own, and what comes through the proxy is counted as a whole too.
 */
export function loginSource({ clientAddress, undeclaredForwarding }: LoginRequest): LoginSource {
  const network = networkOf(clientAddress);
  const named = undeclaredForwarding === undefined ? [] : forwardedAddresses(undeclaredForwarding);
  if (named.length === 0) return { network, undeclaredProxy: undefined };
  const clients = named.slice(-limits.login_hops_max).map(networkOf).join(' ');
  return { network: `${clients} by ${network}`, undeclaredProxy: network };
}
