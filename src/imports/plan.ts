/**
 * What an import takes over from another gateway, in the fields of the management API, and what it has to say about it.
 * Pure.
 */

/** As an item of `POST /api/import`. Amounts in units of Halley: 500,000 = 1 USD. */
export interface AccountItem {
  readonly type: 'account';
  readonly username: string;
  readonly display_name?: string;
  readonly email?: string;
  readonly role?: 1 | 10;
  readonly status?: 1 | 2;
  readonly group?: string;
  readonly quota?: number;
  readonly unlimited_quota?: boolean;
  readonly budget_quota?: number;
  readonly budget_period?: string;
  readonly budget_time_zone?: string;
  readonly budget_soft_percent?: number;
  /** bcrypt or argon2id. */
  readonly password_hash?: string;
  readonly used_quota?: number;
  readonly request_count?: number;
  /** Seconds since 1970. */
  readonly created_time?: number;
}

/** As an item of `POST /api/import`, with `value` or `digest`. */
export interface KeyItem {
  readonly type: 'key';
  /** Of the account that owns it. */
  readonly username: string;
  readonly value?: string;
  readonly digest?: string;
  readonly hint?: string;
  readonly name?: string;
  readonly status?: 1 | 2;
  /** Seconds since 1970; -1 = never. */
  readonly expired_time?: number;
  readonly remain_quota?: number;
  readonly unlimited_quota?: boolean;
  readonly model_limits_enabled?: boolean;
  readonly model_limits?: string;
  readonly allow_ips?: string;
  readonly group?: string;
  readonly cross_group_retry?: boolean;
  readonly budget_quota?: number;
  readonly budget_period?: string;
  readonly budget_time_zone?: string;
  readonly budget_soft_percent?: number;
  readonly rpm_limit?: number;
  readonly tpm_limit?: number;
  readonly concurrency_limit?: number;
  readonly content_log_days?: number;
  readonly used_quota?: number;
  readonly request_count?: number;
  readonly created_time?: number;
  readonly deleted?: boolean;
}

/** As the body of `POST /api/channel`. */
export interface ChannelItem {
  readonly name: string;
  readonly kind?: string;
  readonly protocols?: readonly string[];
  readonly base_url?: string;
  readonly keys?: readonly string[];
  readonly models: readonly string[];
  readonly model_mapping?: Readonly<Record<string, string>>;
  readonly groups?: readonly string[];
  readonly priority?: number;
  readonly weight?: number;
  readonly extra_headers?: Readonly<Record<string, string>>;
  readonly proxy?: string | null;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly stream_usage?: boolean;
  readonly connect_ms?: number | null;
  readonly first_byte_ms?: number | null;
  readonly idle_chunk_ms?: number | null;
  readonly status?: 1 | 2;
}

/** As an entry of `PUT /api/price`: USD for a million tokens or for a request, in decimal. */
export interface PriceItem {
  readonly id: string;
  /** Seconds since 1970; undefined = from now on. */
  readonly effective_from?: number;
  readonly [rate: string]: unknown;
}

/** As the body of `PUT /api/price/group`. */
export interface MultiplierItem {
  readonly group: string;
  readonly multiplier: string;
  readonly effective_from?: number;
}

/** `changed`: it goes over with another meaning; `left`: it does not go over. */
export interface ImportNote {
  readonly kind: 'changed' | 'left';
  /** What, and why, as a sentence. */
  readonly text: string;
  readonly count: number;
  /** Some of the names that it concerns. */
  readonly names: readonly string[];
}

export interface ImportPlan {
  readonly accounts: readonly AccountItem[];
  readonly keys: readonly KeyItem[];
  readonly channels: readonly ChannelItem[];
  readonly prices: readonly PriceItem[];
  readonly multipliers: readonly MultiplierItem[];
  readonly notes: readonly ImportNote[];
}

export const emptyPlan: ImportPlan = {
  accounts: [],
  keys: [],
  channels: [],
  prices: [],
  multipliers: [],
  notes: [],
};

const namesShown = 5;

/** Collects notes: equal ones become one with a count. */
export class ImportNotes {
  readonly #notes = new Map<string, { kind: ImportNote['kind']; count: number; names: string[] }>();

  /** @param name what it concerns; undefined = nothing that has a name */
  add(kind: ImportNote['kind'], text: string, name?: string, count = 1): void {
    const note = this.#notes.get(text) ?? { kind, count: 0, names: [] };
    note.count += count;
    if (name !== undefined && note.names.length < namesShown) note.names.push(name);
    this.#notes.set(text, note);
  }

  list(): readonly ImportNote[] {
    return [...this.#notes].map(([text, note]) => ({ text, ...note }));
  }
}
