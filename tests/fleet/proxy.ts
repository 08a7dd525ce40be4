/**
 * A TCP proxy between one node and its database that injects faults: it passes, delays, cuts or swallows data. It
 * can treat the connection that listens for notifications separately.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * What the proxy does with the bytes of all connections.
 * - `cut`: resets connections.
 * - `swallow`: drops bytes in both directions silently; resets such a connection when the fault ends.
 * - `mute`: the same, but only for bytes from the database.
 * - `lose-commit`: as `mute`, from the commit of a key deletion on that connection.
 * - `hold`: delivers nothing until the fault ends, then everything, as TCP does.
 * - a number: delays everything by this many milliseconds in both directions.
 */
export type Way = 'pass' | 'cut' | 'swallow' | 'mute' | 'lose-commit' | 'hold' | number;

export interface DatabaseProxy {
  readonly port: number;
  /** Sets the treatment of all connections. */
  set(way: Way): void;
  /** Sets the treatment of the listening connection until the next `set`. */
  setListening(way: Way): void;
  close(): Promise<void>;
}

type Side = 'client' | 'server';
interface Item {
  readonly to: Socket;
  /** Undefined means the end of the stream. */
  readonly bytes: Buffer | undefined;
  readonly dueAt: number;
}

/** Starts a proxy on a free loopback port to a database on another one. */
export async function startProxy(databasePort: number): Promise<DatabaseProxy> {
  const links = new Set<Link>();
  let all: Way = 'pass';
  let listening: Way | undefined;
  const wayOf = (link: Link) => (link.isListening ? (listening ?? all) : all);
  const server = createServer({ noDelay: true }, (client) => {
    const link = new Link(client, databasePort, wayOf);
    links.add(link);
    client.once('close', () => links.delete(link));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const changed = () => {
    for (const link of links) link.wayChanged();
  };
  return {
    port: portOf(server),
    set(way) {
      all = way;
      listening = undefined;
      changed();
    },
    setListening(way) {
      listening = way;
      changed();
    },
    close() {
      for (const link of links) link.reset();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** One connection through the proxy. */
class Link {
  /** Known after the first bytes: a PostgreSQL connection starts by naming its application. */
  isListening: boolean | undefined;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #wayOf: (link: Link) => Way;
  /** Data in transit, in order. */
  #queue: Item[] = [];
  #timer: NodeJS.Timeout | undefined;
  #lost = false;
  #deletes = false;
  #deletionCommitted = false;

  constructor(client: Socket, port: number, wayOf: (link: Link) => Way) {
    this.#client = client;
    this.#wayOf = wayOf;
    this.#server = connect({ port, host: '127.0.0.1', noDelay: true });
    for (const [side, socket] of [
      ['client', client],
      ['server', this.#server],
    ] as const) {
      socket.on('error', () => undefined);
      socket.on('data', (bytes: Buffer) => this.#take(side, bytes));
      socket.on('close', () => this.#take(side, undefined));
    }
    this.wayChanged();
  }

  #take(from: Side, bytes: Buffer | undefined): void {
    if (bytes && from === 'client') this.isListening ??= bytes.includes(', listening\0');
    const way = this.#wayOf(this);
    if (way === 'cut') {
      this.reset();
      return;
    }
    if (bytes && from === 'client') this.#lookFor(bytes);
    const isMute = way === 'mute' || (way === 'lose-commit' && this.#deletionCommitted);
    if (way === 'swallow' || (isMute && from === 'server')) {
      this.#lost = true;
      return;
    }
    const last = this.#queue.at(-1)?.dueAt ?? 0;
    const late = typeof way === 'number' ? way : 0;
    const to = from === 'client' ? this.#server : this.#client;
    this.#queue.push({ to, bytes, dueAt: Math.max(last, performance.now() + late) });
    this.#deliver();
  }

  #lookFor(bytes: Buffer): void {
    this.#deletes ||= bytes.includes('INSERT INTO tombstones');
    if (!bytes.includes('COMMIT\0')) return;
    this.#deletionCommitted ||= this.#deletes;
    this.#deletes = false;
  }

  #deliver(): void {
    clearTimeout(this.#timer);
    if (this.#wayOf(this) === 'hold') return;
    const now = performance.now();
    while (this.#queue[0] && this.#queue[0].dueAt <= now) {
      const { to, bytes } = this.#queue.shift() as Item;
      if (bytes) to.write(bytes);
      else to.end();
    }
    const next = this.#queue[0];
    if (next) this.#timer = setTimeout(() => this.#deliver(), next.dueAt - now);
  }

  wayChanged(): void {
    const way = this.#wayOf(this);
    this.#deletionCommitted = false;
    if (way === 'cut' || (way === 'pass' && this.#lost)) this.reset();
    else if (way === 'swallow') {
      this.#lost = true;
      this.#queue = [];
    } else this.#deliver();
  }

  reset(): void {
    clearTimeout(this.#timer);
    this.#queue = [];
    this.#client.resetAndDestroy();
    this.#server.destroy();
  }
}
