/** Asks the gateway that listens on the address of given settings for its health. */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Settings } from '../platform/settings/schema.ts';
import { visible } from './display.ts';

export interface Health {
  readonly isWell: boolean;
  /** What the gateway says, or why it says nothing. */
  readonly text: string;
}

const waitMs = 4000;

/** An address that is listened on for every network is asked by the loopback. */
function originOf({ listen, tls }: Pick<Settings, 'listen' | 'tls'>): string {
  const scheme = tls.cert_path === undefined ? 'http' : 'https';
  const at = listen.lastIndexOf(':');
  const loopback: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '[::]': '[::1]' };
  const host = listen.slice(0, at);
  return `${scheme}://${loopback[host] ?? host}${listen.slice(at)}`;
}

/** @param path `/healthz` or `/readyz` */
export function askHealth(settings: Pick<Settings, 'listen' | 'tls'>, path: string): Promise<Health> {
  const url = originOf(settings) + path;
  return new Promise((resolve) => {
    const fail = (error: Error) => resolve({ isWell: false, text: `${url}: ${error.message}` });
    const ask = url.startsWith('https:') ? requestHttps : requestHttp;
    // The certificate is for the name by which clients come. No secret is sent.
    const options = { rejectUnauthorized: false, agent: false, timeout: waitMs };
    const request = ask(url, options, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (body.length < 200) body += chunk;
      });
      response.on('error', fail);
      response.on('end', () => {
        const isWell = response.statusCode === 200;
        const said = visible(body.trim().slice(0, 200));
        resolve({ isWell, text: isWell ? said : `${url}: status ${response.statusCode}: ${said}` });
      });
    });
    request.on('timeout', () => request.destroy(new Error('it does not answer in time')));
    request.on('error', fail);
    request.end();
  });
}
