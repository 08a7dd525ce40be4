/** `/api/openapi.json`. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type BuiltFile, madeFile } from '../../http/files/built-files.ts';
import { type Endpoint, openEndpoint } from '../endpoint.ts';
import type { Services } from '../services.ts';
import { buildOpenApi } from './document.ts';

const compress = promisify(gzip);

/** Made, written and compressed for the first who asks: that takes as long as many requests, and anyone may ask. */
const made = new WeakMap<Services['settings'], Promise<BuiltFile>>();

async function make({ version, settings }: Services): Promise<BuiltFile> {
  const bytes = Buffer.from(JSON.stringify(buildOpenApi(version, settings.public_url)));
  return madeFile('application/json; charset=utf-8', bytes, new Map([['gzip', await compress(bytes)]]));
}

export const openApiEndpoint: Endpoint = openEndpoint({
  method: 'GET',
  path: '/api/openapi.json',
  access: 'public',
  hidden: true,
  summary: 'Get the OpenAPI document',
  async handle({ services }) {
    const { settings } = services;
    const file = made.get(settings) ?? make(services);
    made.set(settings, file);
    return { file: await file };
  },
});
