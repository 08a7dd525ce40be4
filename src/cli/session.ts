/** Signs in with user name and password just long enough to create an access token. */
import { CliError, exitCodes } from './exit-codes.ts';

const answer_ms_max = 120_000;

export interface Session {
  readonly username: string;
  /** Whether the account has an access token. A new token would replace it. */
  readonly hasToken: boolean;
  /** @returns a new access token of the account, which replaces the previous one */
  makeToken(): Promise<string>;
  /** Signs out. */
  end(): Promise<void>;
}

type Envelope = Readonly<Record<string, unknown>>;

async function ask(
  url: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: object,
) {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${url}${path}`, {
      method,
      // The gateway accepts a session cookie only with an Origin header of its own address.
      headers: { origin: new URL(url).origin, 'content-type': 'application/json', ...headers },
      ...(body && { body: JSON.stringify(body) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(answer_ms_max),
    });
    text = await response.text();
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
    throw new CliError(exitCodes.unreachable, `The gateway at ${url} cannot be reached: ${reason}.`);
  }
  const envelope = envelopeIn(text);
  if (!envelope) {
    throw new CliError(exitCodes.serverError, `The server at ${url} is not a Halley gateway.`);
  }
  if (!envelope.success) {
    const code = response.status >= 500 ? exitCodes.serverError : exitCodes.denied;
    throw new CliError(code, String(envelope.message));
  }
  return { data: envelope.data, cookie: response.headers.getSetCookie()[0]?.split(';')[0] };
}

function envelopeIn(text: string): Envelope | undefined {
  try {
    const envelope = JSON.parse(text) as Envelope | null;
    return typeof envelope?.success === 'boolean' ? envelope : undefined;
  } catch {
    return undefined;
  }
}

/** @throws CliError when the gateway refuses or cannot be reached */
export async function signIn(url: string, username: string, password: string): Promise<Session> {
  const { data, cookie } = await ask(url, 'POST', '/api/user/login', {}, { username, password });
  if (cookie === undefined) throw new CliError(exitCodes.serverError, 'The gateway returned no session.');
  const account = data as Envelope;
  return {
    username: String(account.username),
    hasToken: account.has_access_token !== false,
    makeToken: async () => String((await ask(url, 'GET', '/api/user/token', { cookie })).data),
    end: async () => void (await ask(url, 'POST', '/api/user/logout', { cookie })),
  };
}
