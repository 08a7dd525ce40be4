/** Changes keys, quotas and budgets while the gateway is killed, and records which changes were confirmed. */
import type { ApiAnswer, Gateway } from '../support/gateway.ts';
import type { ActorKey, Cast, Owner } from './cast.ts';
import type { Chance } from './chance.ts';

/** A requested change, and whether the gateway confirmed it. */
export interface Change {
  confirmed: boolean;
}

export interface Topup extends Change {
  readonly reference: string;
  readonly units: number;
  readonly accountId: number;
}

export interface Deletion extends Change {
  readonly key: ActorKey;
}

/** The name of the key `small`, which every raise of its quota changes. */
export interface Naming extends Change {
  readonly name: string;
}

export interface Changes {
  readonly topups: Topup[];
  readonly deletions: Deletion[];
  readonly created: ActorKey[];
  /** In order; only the last one may be unconfirmed. */
  readonly namings: Naming[];
  readonly faults: string[];
}

const raise = 60_000;
const keysMin = 3;

export class Operator {
  readonly #cast: Cast;
  readonly #chance: Chance;
  readonly #prefix: string;
  #gateway: Gateway;
  #made = 0;
  /** Keys that may be deleted. */
  #passing: ActorKey[] = [];
  changes: Changes = { topups: [], deletions: [], created: [], namings: [], faults: [] };

  /** @param prefix makes the references of this operator's top-ups unique */
  constructor(gateway: Gateway, cast: Cast, chance: Chance, prefix: string) {
    this.#gateway = gateway;
    this.#cast = cast;
    this.#chance = chance;
    this.#prefix = prefix;
  }

  /** Continues with the restarted gateway and starts a new list of changes. */
  goOn(gateway: Gateway): void {
    this.#gateway = gateway;
    this.changes = { topups: [], deletions: [], created: [], namings: [], faults: [] };
  }

  keys(): readonly ActorKey[] {
    return [...this.#cast.keys, ...this.#passing];
  }

  /** Makes one change. Never rejects: a killed gateway confirms nothing. */
  async change(): Promise<void> {
    if (this.#passing.length < keysMin) return this.#create();
    const { poor, thrifty } = this.#cast;
    switch (this.#chance.whole(0, 5)) {
      case 0:
      case 1:
        return this.#delete();
      case 2:
        return this.#create();
      case 3:
        return this.#topUp(poor);
      case 4:
        return this.#raiseQuota();
      default:
        return this.#raiseBudget(thrifty);
    }
  }

  async #create(): Promise<void> {
    const owner = this.#chance.one([this.#cast.root, this.#cast.wealthy, this.#cast.poor]);
    const body = { name: 'passing', unlimited_quota: true };
    const data = await this.#call('POST', '/api/token/', body, owner.token);
    if (!data) return;
    const key = { id: Number(data.id), value: String(data.key), owner };
    this.changes.created.push(key);
    this.#passing.push(key);
  }

  async #delete(): Promise<void> {
    const key = this.#chance.one(this.#passing);
    const deletion: Deletion = { key, confirmed: false };
    this.changes.deletions.push(deletion);
    deletion.confirmed =
      (await this.#call('DELETE', `/api/token/${key.id}`, undefined, key.owner.token)) !== undefined;
    this.#passing = this.#passing.filter(({ id }) => id !== key.id);
  }

  async #topUp({ id }: Owner): Promise<void> {
    this.#made += 1;
    const reference = `${this.#prefix}-${this.#made}`;
    const topup: Topup = { reference, units: raise, accountId: id, confirmed: false };
    this.changes.topups.push(topup);
    const body = { user_id: id, quota: raise, reason: 'crash test', trade_no: reference };
    topup.confirmed = (await this.#call('POST', '/api/user/topup', body)) !== undefined;
  }

  async #raiseQuota(): Promise<void> {
    this.#made += 1;
    const { id, owner } = this.#cast.small;
    const naming: Naming = { name: `${this.#prefix}-${this.#made}`, confirmed: false };
    this.changes.namings.push(naming);
    const body = { id, name: naming.name, remain_quota: 2 * raise + this.#made };
    naming.confirmed = (await this.#call('PUT', '/api/token/', body, owner.token)) !== undefined;
  }

  async #raiseBudget({ id }: Owner): Promise<void> {
    const account = await this.#call('GET', `/api/user/${id}`);
    if (!account) return;
    await this.#call('PUT', '/api/user/', { id, budget_quota: Number(account.budget_quota) + raise });
  }

  /** @returns the data of a successful response; undefined when the change was not confirmed */
  async #call(
    method: string,
    path: string,
    body?: object,
    token?: string,
  ): Promise<Readonly<Record<string, unknown>> | undefined> {
    let answer: ApiAnswer;
    try {
      answer = await this.#gateway.call(method, path, { ...(body && { body }), ...(token && { token }) });
    } catch {
      return undefined;
    }
    if (answer.json?.success !== true) {
      this.changes.faults.push(`${method} ${path}: ${answer.status} ${answer.text}`);
      return undefined;
    }
    return (answer.json.data ?? {}) as Readonly<Record<string, unknown>>;
  }
}
