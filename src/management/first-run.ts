/** What a first start makes beside the root account: the demo channel, and a key to try it with. */
import type { FirstSecrets } from '../accounts/bootstrap.ts';
import type { StoreBase } from '../store/store.ts';
import { freshChannel } from './channels/fields.ts';
import { createKey, type KeyMaker } from './tokens/create.ts';
import { freshKey } from './tokens/fields.ts';

/** @param models what the demo upstream offers */
export async function makeDemoChannel(
  store: Pick<StoreBase, 'insertChannel'>,
  baseUrl: string,
  models: readonly string[],
  nowSeconds: number,
): Promise<void> {
  await store.insertChannel({
    ...freshChannel,
    name: 'demo',
    protocols: ['openai', 'anthropic', 'gemini'],
    baseUrl,
    models,
    createdAt: nowSeconds,
  });
}

/** Makes an unlimited key of root's and says, once, all that a newcomer needs. Holds secrets: for a terminal only. */
export async function welcome(
  maker: KeyMaker,
  accountId: number,
  secrets: FirstSecrets,
  url: string,
  model: string,
): Promise<string> {
  const fields = { ...freshKey, name: 'first key', unlimitedQuota: true };
  const { row, value } = await createKey(maker, accountId, fields);
  const request = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello!' }] });
  return `
Halley is running at ${url}

These are shown this once:
  user           ${secrets.username}
  password       ${secrets.password}
  access token   ${secrets.accessToken}   (manages accounts and keys)
  API key        ${value}   (opens model requests)

Send a model request:

  curl ${url}/v1/chat/completions \\
    -H "Authorization: Bearer ${value}" \\
    -H "Content-Type: application/json" \\
    -d '${request}'

Delete the key. When this answers "success": true, it is dead:

  curl -X DELETE ${url}/api/token/${row.id} \\
    -H "Authorization: ${secrets.accessToken}"

The model is a demo that is built in. Add a real upstream with: npm run halley -- channels create --help
`;
}
