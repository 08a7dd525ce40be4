/** Determines the source of a login: the network it counts for and the proxy in front. Pure. */
import { forwardedAddresses, networkOf } from '../http/client-address.ts';
import { limits } from '../platform/limits.ts';

export interface LoginRequest {
  /** The peer of the connection, or the client address that declared proxies report. */
  readonly clientAddress: string;
  /** X-Forwarded-For of a peer that is not a declared proxy. */
  readonly undeclaredForwarding: string | undefined;
}

export interface LoginSource {
  readonly network: string;
  /** The network of an undeclared proxy, recognized by its forwarding header. */
  readonly undeclaredProxy: string | undefined;
}

/**
 * Clients behind an undeclared proxy share its address but must not share one count. Each counts by the address of
 * the proxy together with the forwarded addresses. Forwarded addresses may be forged, so they never count as
 * addresses of their own, and all logins through the proxy count together as well.
 */
export function loginSource({ clientAddress, undeclaredForwarding }: LoginRequest): LoginSource {
  const network = networkOf(clientAddress);
  const named = undeclaredForwarding === undefined ? [] : forwardedAddresses(undeclaredForwarding);
  if (named.length === 0) return { network, undeclaredProxy: undefined };
  const clients = named.slice(-limits.login_hops_max).map(networkOf).join(' ');
  return { network: `${clients} by ${network}`, undeclaredProxy: network };
}
