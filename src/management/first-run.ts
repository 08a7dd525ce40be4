/** Seeds an empty database at the first start: root account, demo channel, and a key to try it with. */
import { bootstrap, type FirstSecrets } from '../accounts/bootstrap.ts';
import { Passwords } from '../accounts/passwords.ts';
import { demoModels } from '../demo/models.ts';
import { gatewayOrigin } from '../domain/audit.ts';
import type { ListenPlace } from '../http/listener.ts';
import { createHttpServer } from '../http/server.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { RandomBytes } from '../platform/random.ts';
import type { Settings } from '../platform/settings/schema.ts';
import type { Store } from '../store/store.ts';
import { demoBaseUrl } from '../upstreams/dialling.ts';
import { freshChannel } from './channels/fields.ts';
import { makeSetupCode } from './setup-link.ts';
import { createKey, type KeyMaker } from './tokens/create.ts';
import { freshKey } from './tokens/fields.ts';

export interface FirstStartOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly settings: Settings;
  readonly log: Log;
  readonly listenAt: ListenPlace;
  readonly metricsAt: ListenPlace | undefined;
  /** Whether this process shows the setup link. */
  readonly announces: boolean;
}

/**
 * Seeds an empty database. Returns root's id, the new secrets, and a code for the setup link.
 * @throws the system's error when the database is empty and the address cannot be listened on
 */
export async function firstStart(options: FirstStartOptions) {
  const { store, clock, random, settings } = options;
  // Secrets are shown once, after listening starts. A start that cannot listen must not create them.
  if ((await store.countAccounts()) === 0) {
    const { listenAt, metricsAt } = options;
    for (const address of [listenAt, metricsAt])
      if (typeof address === 'string') await requireFree(address, options);
  }
  const bootstrapToken = settings.bootstrap_token;
  const passwords = new Passwords(random);
  const made = await bootstrap({ store, clock, random, passwords, bootstrapToken });
  const rootId = (await store.findAccountByUsername('root'))?.id ?? 0;
  if (made.created && settings.demo.enabled) {
    await store.by(gatewayOrigin).insertChannel({
      ...freshChannel,
      name: 'demo',
      protocols: ['openai', 'anthropic', 'gemini'],
      baseUrl: demoBaseUrl,
      models: demoModels,
      createdAt: Math.floor(clock.now() / 1000),
    });
  }
  // The operator of an unattended install has the bootstrap token, and nobody looks for a link.
  const isNew = made.secrets !== undefined;
  const { signIns } = store;
  const setupCode = options.announces
    ? await makeSetupCode({ signIns, clock, random, rootId, isNew })
    : undefined;
  return { ...made, rootId, setupCode };
}

async function requireFree(address: string, options: FirstStartOptions): Promise<void> {
  const { settings, clock, random, log } = options;
  const probe = createHttpServer({ settings: settings.http, clock, random, log, handle: () => undefined });
  await probe.listen(address);
  await probe.close();
}

/** Creates an unlimited key for root and returns the welcome text. It holds secrets: print it to a terminal only. */
export async function welcome(
  maker: KeyMaker,
  accountId: number,
  secrets: FirstSecrets,
  { url, model, link, command }: Readonly<Record<'url' | 'model' | 'link' | 'command', string>>,
): Promise<string> {
  const fields = { ...freshKey, name: 'first key', unlimitedQuota: true };
  const { row, value } = await createKey(maker, accountId, fields);
  const request = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello!' }] });
  return `
Halley is running at ${url}

These are shown only once:
  user           ${secrets.username}
  password       ${secrets.password}
  access token   ${secrets.accessToken}   (manages accounts and keys)
  API key        ${value}   (opens model requests)
${link}
Send a model request:

  curl ${url}/v1/chat/completions \\
    -H "Authorization: Bearer ${value}" \\
    -H "Content-Type: application/json" \\
    -d '${request}'

Delete the key. When this returns "success": true, the key is dead:

  curl -X DELETE ${url}/api/token/${row.id} \\
    -H "Authorization: ${secrets.accessToken}"

The model is a built-in demo. Other demo models call tools (demo-tools), think (demo-thinking) and draw (demo-image).
Add a real upstream with: ${command} channels create --help
`;
}
