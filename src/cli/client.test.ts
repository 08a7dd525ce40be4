import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { test } from 'node:test';
import { type Client, createClient, type Request } from './client.ts';
import { CliError, exitCodes } from './exit-codes.ts';

/** Starts a server that responds with `listener` and runs `use` with a client of it. */
async function withServer(listener: RequestListener, use: (client: Client) => Promise<void>): Promise<void> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  try {
    await use(createClient(`http://127.0.0.1:${address.port}/`, 'access-token'));
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function failureOf(client: Client, request: Request = { path: '/api/token/1' }): Promise<CliError> {
  try {
    await client.call(request);
  } catch (error) {
    assert.ok(error instanceof CliError, String(error));
    return error;
  }
  assert.fail('the call succeeded');
}

test('passes on the warnings of a response together with its data', async () => {
  const warnings: string[] = [];
  const body = { success: true, message: '', data: { id: 3 }, warnings: ['no name', 'no price'] };
  await withServer(
    (_, res) => res.end(JSON.stringify(body)),
    async (client) => {
      const warning = createClient(client.url, 'access-token', (text) => void warnings.push(text));
      assert.deepEqual(await warning.call({ path: '/api/token/' }), { id: 3 });
    },
  );
  assert.deepEqual(warnings, ['no name', 'no price']);
});

test('each kind of error has its exit code and the message of the gateway', async () => {
  const cases: [number, string, number][] = [
    [200, 'no_such_record', exitCodes.notFound],
    [200, 'refused', exitCodes.failure],
    [400, 'invalid_value', exitCodes.usage],
    [401, 'AUTH_UNAUTHORIZED', exitCodes.denied],
    [403, 'forbidden', exitCodes.denied],
    [404, 'path_not_found', exitCodes.notFound],
    [429, 'too_many_attempts', exitCodes.failure],
    [500, 'internal_error', exitCodes.serverError],
    [503, 'store_unavailable', exitCodes.serverError],
  ];
  for (const [status, code, exitCode] of cases) {
    const body = JSON.stringify({ success: false, message: `because ${code}`, code });
    await withServer(
      (_, res) => res.writeHead(status).end(body),
      async (client) => {
        const error = await failureOf(client);
        assert.deepEqual([error.exitCode, error.message], [exitCode, `because ${code}`]);
      },
    );
  }
});

test('treats success with an error status, HTML and redirects as failures', async () => {
  const answers: RequestListener[] = [
    (_, res) => res.writeHead(500).end('{"success":true}'),
    (_, res) => res.end('<html>'),
    (_, res) => res.end('[]'),
    (_, res) => res.writeHead(302, { location: '/elsewhere' }).end(),
  ];
  for (const answer of answers) {
    await withServer(answer, async (client) => {
      assert.equal((await failureOf(client)).exitCode, exitCodes.serverError);
    });
  }
});

test('sends the given request and returns the data of the response', async () => {
  await withServer(
    (req, res) => {
      const { method, url, headers } = req;
      const data = { method, url, authorization: headers.authorization };
      res.end(JSON.stringify({ success: true, message: '', data }));
    },
    async (client) => {
      const query = { p: 2, keyword: 'a&b', absent: undefined };
      assert.deepEqual(await client.call({ path: '/api/token/', query }), {
        method: 'GET',
        url: '/api/token/?p=2&keyword=a%26b',
        authorization: 'Bearer access-token',
      });
    },
  );
});

test('after a broken connection the message says that the change may have been applied', async () => {
  await withServer(
    (req) => req.socket.destroy(),
    async (client) => {
      const error = await failureOf(client, { method: 'DELETE', path: '/api/token/1' });
      assert.equal(error.exitCode, exitCodes.unreachable);
      assert.match(error.message, /may have been made/);
      assert.doesNotMatch((await failureOf(client)).message, /may have been made/);
    },
  );
});

test('sends nothing without a token', async () => {
  const error = await failureOf(createClient('http://127.0.0.1:9', undefined));
  assert.equal(error.exitCode, exitCodes.denied);
  assert.match(error.message, /HALLEY_TOKEN/);
});

test('refuses an address that is not a plain http URL', () => {
  for (const url of ['', 'localhost:8787', 'ftp://x', 'http://user:pw@x', 'http://x?y', 'http://x#y']) {
    assert.throws(
      () => createClient(url, 't'),
      (error) =>
        error instanceof CliError && error.exitCode === exitCodes.usage && !error.message.includes('pw'),
    );
  }
});
