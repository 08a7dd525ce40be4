/** What upstreams store for clients: kinds, and what is known of one. Pure. */

export const objectKinds = ['response', 'conversation', 'file', 'batch'] as const;
export type ObjectKind = (typeof objectKinds)[number];

/** Facts about one that its kind needs, such as a size. Not sealed: nothing that a client has written belongs here. */
export type ObjectExtra = Readonly<Record<string, string | number | boolean>>;
