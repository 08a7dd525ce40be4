/** The options of `halley init` that say what to write. */

export const databases = ['sqlite', 'postgres'] as const;
export const tlsWays = ['halley', 'proxy', 'none'] as const;

export interface InitOptions {
  readonly dataDir?: string;
  readonly database?: (typeof databases)[number];
  readonly databaseUrlFile?: string;
  readonly listen?: string;
  readonly tls?: (typeof tlsWays)[number];
  readonly certPath?: string;
  readonly keyPath?: string;
  readonly trustedProxies?: string;
  readonly publicUrl?: string;
  readonly demo?: boolean;
  readonly yes?: true;
}
