/** Contexts that sealed texts are bound to. The text of a key's value is bound to the key's digest. */

/** The upstream keys of a channel. */
export const channelKeysContext: Uint8Array = Buffer.from('channel keys');

/** The credentials of a channel for its proxy. */
export const channelProxyContext: Uint8Array = Buffer.from('channel proxy');

/** The private part of a key that signs receipts. */
export const receiptKeyContext: Uint8Array = Buffer.from('receipt key');

/** A request's prompt and response: they open only as the content of that request. */
export function contentContext(requestId: string): Uint8Array {
  return Buffer.from(`content ${requestId}`);
}

/** What a browser opens realtime sockets with. */
export const clientSecretContext: Uint8Array = Buffer.from('realtime client secret');

/** What is kept of a job: it opens only as that of this job. @param publicId as its client knows it */
export function jobContext(publicId: string): Uint8Array {
  return Buffer.from(`job ${publicId}`);
}
