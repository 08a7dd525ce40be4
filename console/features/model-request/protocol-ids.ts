/** The protocols that the gateway speaks, named as the catalogue names the endpoints of a model. */
export const protocolIds = ['openai', 'openai-response', 'anthropic', 'gemini'] as const;

export type ProtocolId = (typeof protocolIds)[number];
