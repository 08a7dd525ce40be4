/** Decides which peers' X-Forwarded-For to trust, and counts requests with one from other peers. */

export interface ForwardingFigures {
  /** Requests since the start. */
  readonly requests: number;
  /** Requests with X-Forwarded-For from a peer that is not declared as a proxy. */
  readonly undeclared: number;
  /** The last such peer; undefined = there was none. */
  readonly undeclaredPeer: string | undefined;
}

interface Peer {
  /** Address, normalized. */
  readonly peer: string;
  readonly isTrustedProxy: boolean;
}

export class Forwarding {
  #requests = 0;
  #undeclared = 0;
  #undeclaredPeer: string | undefined;

  /** @returns the header where it is trusted */
  believed({ peer, isTrustedProxy }: Peer, xForwardedFor: string | undefined): string | undefined {
    this.#requests += 1;
    if (xForwardedFor === undefined || isTrustedProxy) return xForwardedFor;
    this.#undeclared += 1;
    this.#undeclaredPeer = peer;
    return undefined;
  }

  get figures(): ForwardingFigures {
    return {
      requests: this.#requests,
      undeclared: this.#undeclared,
      undeclaredPeer: this.#undeclaredPeer,
    };
  }
}
