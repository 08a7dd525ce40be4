/** The sessions of MCP clients that can ask their user, on this node. Other clients need none. */
import type { Clock } from '../../platform/clock.ts';
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';

/** What a session keeps, such as a transport. */
interface Closable {
  close(): Promise<void>;
}

interface Session<Kept> {
  /** Names the access token that began it. */
  readonly owner: string;
  readonly kept: Kept;
  /** Monotonic milliseconds. */
  usedAt: number;
}

export class McpSessions<Kept extends Closable> {
  readonly #clock: Clock;
  /** The least recently used first. */
  readonly #sessions = new Map<string, Session<Kept>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins a session. Where there are too many, the one that rests longest ends. */
  begin(id: string, owner: string, kept: Kept): void {
    this.#endIdle();
    const own = [...this.#sessions].filter(([, session]) => session.owner === owner);
    if (own.length >= limits.mcp_sessions_of_token_max) this.#drop(own[0]?.[0]);
    if (this.#sessions.size >= limits.mcp_sessions_max) this.#drop(this.#sessions.keys().next().value);
    this.#sessions.set(id, { owner, kept, usedAt: this.#clock.monotonic() });
  }

  /** @throws HalleyError('mcp_session_ended') also when it is of another access token */
  find(id: string, owner: string): Kept {
    this.#endIdle();
    const session = this.#sessions.get(id);
    if (session?.owner !== owner) throw new HalleyError('mcp_session_ended');
    session.usedAt = this.#clock.monotonic();
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    return session.kept;
  }

  /** @throws HalleyError as `find` does */
  end(id: string, owner: string): void {
    this.find(id, owner);
    this.#drop(id);
  }

  #endIdle(): void {
    const since = this.#clock.monotonic() - limits.mcp_session_idle_ms;
    for (const [id, { usedAt }] of this.#sessions) {
      if (usedAt > since) return;
      this.#drop(id);
    }
  }

  #drop(id: string | undefined): void {
    const session = id === undefined ? undefined : this.#sessions.get(id);
    if (id === undefined || !session) return;
    this.#sessions.delete(id);
    void session.kept.close();
  }
}
