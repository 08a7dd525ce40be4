/** Signatures of the mock providers: each knows its own again, and what it signed. */
import { digest } from './json.ts';

type Signer = 'openai' | 'anthropic' | 'gemini';

export const sign = (signer: Signer, text: string): string => `${signer}-${digest(text)}`;

export const isSignedBy = (signer: Signer, text: string, signature: unknown): boolean =>
  signature === sign(signer, text);
