/** Lets load balancers read the blocks in their languages, where they are installed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Balancer, balancers, programOf } from '../restarts/balancers.ts';
import { testCertificate, testCertificateKey } from '../support/test-certificate.ts';

/** Languages, and the balancer that reads each. */
export const proxyLanguages: Readonly<Record<string, Balancer['name']>> = {
  nginx: 'nginx',
  caddyfile: 'caddy',
  haproxy: 'haproxy',
};

/** What the block stands in, where it is a part of a file. */
function whole(name: Balancer['name'], text: string, dir: string): string {
  if (name === 'nginx') {
    const server = /^server \{/m.test(text) ? text : `server {\n${text}}\n`;
    const kept = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (each) => `${each}_temp_path ${dir}/${each};\n`,
    );
    return `pid ${dir}/pid;\nerror_log ${dir}/error.log;\nevents {}\nhttp {\naccess_log off;\n${kept.join('')}${server}}\n`;
  }
  const isPart = name === 'haproxy' && !/^frontend /m.test(text);
  return isPart
    ? `defaults\n  mode http\n  timeout connect 1s\n  timeout client 1s\n  timeout server 1s
frontend clients\n  ${text}  http-request return status 200\n`
    : text;
}

/** @returns the path of the program that reads a language; undefined = it is not installed */
export function readerOf(language: string): { balancer: Balancer; program: string } | undefined {
  const balancer = balancers.find(({ name }) => name === proxyLanguages[language]);
  const program = balancer && programOf(balancer);
  return balancer && program !== undefined ? { balancer, program } : undefined;
}

/** @throws AssertionError with the program's complaints, or when the brackets of the block do not match */
export function readProxyBlock(language: string, text: string): void {
  const count = (bracket: string) => text.split(bracket).length;
  assert.equal(count('{'), count('}'), 'brackets');
  const reader = readerOf(language);
  if (reader === undefined) return;
  const { balancer, program } = reader;
  const dir = mkdtempSync(join(tmpdir(), 'halley-docs-proxy-'));
  try {
    writeFileSync(join(dir, 'cert.pem'), testCertificate);
    writeFileSync(join(dir, 'key.pem'), testCertificateKey);
    writeFileSync(join(dir, 'both.pem'), testCertificate + testCertificateKey);
    const fitted = whole(balancer.name, text, dir)
      .replaceAll(/\/[\w/]+\/fullchain\.pem/g, join(dir, 'cert.pem'))
      .replaceAll(/\/[\w/]+\/privkey\.pem/g, join(dir, 'key.pem'))
      .replaceAll(/\/[\w/]+\/halley\.pem/g, join(dir, 'both.pem'));
    const file = join(dir, balancer.file);
    writeFileSync(file, fitted);
    const { status, stdout, stderr } = spawnSync(program, balancer.check(file), {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: dir, XDG_CONFIG_HOME: dir, XDG_DATA_HOME: dir },
    });
    assert.equal(status, 0, `${stdout}${stderr}`);
  } finally {
    rmSync(dir, { recursive: true });
  }
}
