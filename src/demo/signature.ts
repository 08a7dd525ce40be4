/** Signs the demo's thoughts, so that clients can be seen to return them unchanged. Pure. */
import { hash } from 'node:crypto';

/** It holds the text, so a thought that is not shown can be verified too. */
export function signatureOf(thought: string): string {
  const text = Buffer.from(thought).toString('base64url');
  return Buffer.from(`${text}.${digest(thought)}`).toString('base64');
}

/** @returns the thought; undefined for what this demo did not sign */
export function signedThought(signature: unknown): string | undefined {
  if (typeof signature !== 'string') return undefined;
  const [text = '', given] = Buffer.from(signature, 'base64').toString().split('.', 2);
  const thought = Buffer.from(text, 'base64url').toString();
  return given === digest(thought) ? thought : undefined;
}

/** No secret: the demo only shows what clients do with a signature. */
const digest = (thought: string) => hash('sha256', `halley-demo ${thought}`, 'hex').slice(0, 16);
