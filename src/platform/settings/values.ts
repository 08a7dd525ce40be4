/** Value types of settings: addresses, origins, times, secrets. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { noProxyWord, parseProxyAddress } from '../proxy-address.ts';

export const ms = (fallback: number, text: string) =>
  z.int().min(1).max(86_400_000).default(fallback).describe(`${text} In milliseconds.`);

export const hostPort = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:[\]]+):\d{1,5}$/, 'must be host:port, such as 127.0.0.1:8787')
  .refine(
    (text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535,
    'must have a port from 0 to 65535',
  )
  .meta({ format: 'host:port' });

export const addressRange = z
  .string()
  .refine((text) => {
    const [address = '', bits, more] = text.split('/');
    const family = isIP(address);
    if (family === 0 || more !== undefined) return false;
    return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
  }, 'must hold addresses and CIDR ranges only, such as 10.0.0.0/8')
  .meta({ format: 'address or CIDR range' });

export const proxy = (text: string) =>
  z
    .string()
    .refine(
      (value) => value === noProxyWord || parseProxyAddress(value) !== undefined,
      'must be the http or https address of a proxy, such as http://user:password@proxy.example:3128, or direct',
    )
    .optional()
    .describe(text)
    // The address may contain a password.
    .meta({ secret: true, format: 'an http or https address, or `direct`' });

export const webOrigin = z
  .string()
  .refine(
    (text) => text === '*' || (/^https?:/.test(text) && URL.parse(text)?.origin === text),
    'must hold origins only, such as https://app.example or http://localhost:5173, or * for all',
  )
  .meta({ format: 'origin, or `*` for all' });

export function isWebhookUrl(text: string): boolean {
  const url = URL.parse(text);
  return !!url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}

export function isWebhookSecret(text: string): boolean {
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1];
  if (encoded === undefined) return !text.startsWith('whsec_') && /^[\x21-\x7e]{24,256}$/.test(text);
  const { length } = Buffer.from(encoded, 'base64');
  return length >= 24 && length <= 64;
}

export function isDatabaseUrl(text: string): boolean {
  const url = URL.parse(text);
  return !!url && /^postgres(?:ql)?:$/.test(url.protocol) && url.pathname.length > 1;
}
