/** The files with keys of upstreams that the commands of a page name: made up, but of the right form. */
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes what `--key-file` names and no block of the page writes. */
export function writeUpstreamKeys(cwd: string, script: string): void {
  for (const [, file = ''] of script.matchAll(/--key-file ([\w.-]+\.(?:key|json))/g)) {
    const text = file.endsWith('.json')
      ? serviceAccount()
      : file === 'aws.key'
        ? `AKIAIOSFODNN7EXAMPLE:${'s'.repeat(40)}`
        : 'upstream-key-of-a-page';
    writeFileSync(join(cwd, file), `${text}\n`, { mode: 0o600 });
  }
}

/** A key of Google Cloud in one line. */
function serviceAccount(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return JSON.stringify({
    type: 'service_account',
    project_id: 'my-project',
    private_key_id: '1',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: 'gateway@my-project.iam.gserviceaccount.com',
    token_uri: 'https://oauth2.googleapis.com/token',
  });
}
