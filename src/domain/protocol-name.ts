/** Names of the protocols that clients and channels speak. */
export type ProtocolName = 'openai' | 'anthropic' | 'gemini';
