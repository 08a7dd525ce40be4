/** The expensive calls of one client beside which the bench measures the requests of others. */
import { longText } from './answers.ts';
import { rootToken } from './gateway.ts';
import type { RequestShape } from './load-order.ts';
import { days, seededFrom } from './seed-records.ts';

/** What the seeding has put into a gateway. */
export interface Seeds {
  readonly keyOfNeighbour: string;
  /** The token of an account with many keys, and many lines in its ledger. */
  readonly accountToken: string;
  readonly username: string;
  readonly password: string;
}

export interface NeighbourCall {
  readonly name: string;
  request(seeds: Seeds): RequestShape;
}

const mebibyte = 1024 * 1024;
const longBody = 4 * mebibyte;
const uploadBytes = 8 * mebibyte;
/** As long as the gateway counts without a report of the upstream. */
const countedChars = 250_000;
/** Messages of a body with as many values as the gateway reads. */
const smallMessages = 40_000;

const get = (path: string, authorization: string): RequestShape => ({
  method: 'GET',
  path,
  headers: { Authorization: authorization },
  body: '',
});

const post = (path: string, authorization: string, body: string, contentType = 'application/json') => ({
  method: 'POST',
  path,
  headers: { Authorization: authorization, 'Content-Type': contentType, Accept: '*/*' },
  body,
});

const chat = (key: string, model: string, messages: readonly object[]) =>
  post('/v1/chat/completions', `Bearer ${key}`, JSON.stringify({ model, max_tokens: 50, messages }));

function upload(key: string): RequestShape {
  const boundary = 'bench-boundary';
  const field = (head: string, value: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${value}\r\n`;
  const image = `name="image"; filename="a.png"\r\nContent-Type: image/png`;
  const body = [
    field('name="model"', 'bench-json'),
    field('name="prompt"', 'a comet'),
    field(image, '\u0089PNG\r\n\u001a\n'.padEnd(uploadBytes, 'x')),
    `--${boundary}--\r\n`,
  ].join('');
  return post('/v1/images/edits', `Bearer ${key}`, body, `multipart/form-data; boundary=${boundary}`);
}

const tenth = `start_timestamp=${seededFrom}&end_timestamp=${seededFrom + (days / 10) * 86_400}`;
const whole = `start_timestamp=${seededFrom}&end_timestamp=${seededFrom + days * 86_400}`;

/** Calls of the management API that read records, keys and accounts. */
const managementCalls: readonly NeighbourCall[] = [
  {
    name: 'list of records that finds nothing',
    request: () => get('/api/log/?token_name=nobody', rootToken),
  },
  { name: 'export of a tenth of the records', request: () => get(`/api/log/export?${tenth}`, rootToken) },
  { name: 'sum of all records', request: () => get('/api/log/stat', rootToken) },
  { name: 'histogram of all records', request: () => get(`/api/log/histogram?${whole}`, rootToken) },
  {
    name: 'journal of an account',
    request: ({ accountToken }) => get('/api/user/self/journal?p=100&page_size=100', accountToken),
  },
  {
    name: 'list of 10,000 keys, page 100',
    request: ({ accountToken }) => get('/api/token/?p=100&page_size=100', accountToken),
  },
  {
    name: 'search of keys that finds nothing',
    request: ({ accountToken }) => get('/api/token/search?keyword=nobody', accountToken),
  },
  {
    name: 'sign-in with a password',
    request: ({ username, password }) => post('/api/user/login', '', JSON.stringify({ username, password })),
  },
];

const userMessage = (content: string) => ({ role: 'user', content });

/** Calls of the model API, and pages that anybody may read. */
const modelCalls: readonly NeighbourCall[] = [
  {
    name: 'chat with one message of 4 MiB',
    request: ({ keyOfNeighbour }) => chat(keyOfNeighbour, 'bench-json', [userMessage(longText(longBody))]),
  },
  {
    name: 'chat with 40,000 messages',
    request: ({ keyOfNeighbour }) => {
      const messages = Array.from({ length: smallMessages }, (_, index) => userMessage(`comet ${index}`));
      return chat(keyOfNeighbour, 'bench-json', messages);
    },
  },
  {
    name: 'chat whose tokens are counted',
    request: ({ keyOfNeighbour }) =>
      chat(keyOfNeighbour, 'gpt-4o-uncounted-json', [userMessage(longText(countedChars))]),
  },
  { name: 'upload of 8 MiB', request: ({ keyOfNeighbour }) => upload(keyOfNeighbour) },
  { name: 'list of models', request: ({ keyOfNeighbour }) => get('/v1/models', `Bearer ${keyOfNeighbour}`) },
  { name: 'page of the documentation', request: () => get('/docs/reference/cli', '') },
  { name: 'OpenAPI document', request: () => get('/api/openapi.json', '') },
];

export const neighbourCalls: readonly NeighbourCall[] = [...managementCalls, ...modelCalls];
