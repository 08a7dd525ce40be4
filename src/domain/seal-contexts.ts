/** Contexts that sealed texts are bound to. The text of a key's value is bound to the key's digest. */

/** The upstream keys of a channel. */
export const channelKeysContext: Uint8Array = Buffer.from('channel keys');

/** The credentials of a channel for its proxy. */
export const channelProxyContext: Uint8Array = Buffer.from('channel proxy');

/** A request's prompt and response: they open only as the content of that request. */
export function contentContext(requestId: string): Uint8Array {
  return Buffer.from(`content ${requestId}`);
}
