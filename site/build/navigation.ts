/** The sections of the documentation and the order of their pages. A page that is not named here comes after the others. */

interface Group {
  readonly title: string;
  /** Names of files without `.md`. Those that do not exist are left out. */
  readonly pages: readonly string[];
}

export interface Section {
  /** Below `docs/`. */
  readonly folder: string;
  readonly title: string;
  readonly summary: string;
  readonly groups: readonly Group[];
  /** The group of pages that no group names. */
  readonly rest: string;
}

export const sections: readonly Section[] = [
  {
    folder: 'tutorial',
    title: 'Tutorial',
    summary: 'Learn Halley by doing: from nothing to a deleted key.',
    groups: [],
    rest: 'Tutorial',
  },
  {
    folder: 'guides',
    title: 'Guides',
    summary: 'Get one thing done: install, connect, run, migrate.',
    groups: [
      { title: 'Install', pages: ['install', 'systemd', 'docker', 'kubernetes', 'postgresql', 'migrate'] },
      {
        title: 'Connect',
        pages: ['connect-upstreams', 'clouds', 'clients', 'coding-agents', 'console', 'mcp'],
      },
      {
        title: 'Run',
        pages: [
          ...['reverse-proxy', 'workers', 'fleet', 'sizing', 'monitoring', 'opentelemetry'],
          ...['backup', 'upgrade', 'troubleshooting', 'leaked-keys'],
        ],
      },
    ],
    rest: 'More',
  },
  {
    folder: 'reference',
    title: 'Reference',
    summary: 'Look something up: commands, settings, endpoints, errors, terms.',
    groups: [
      { title: 'Look up', pages: ['configuration', 'cli', 'errors', 'glossary', 'compatibility'] },
      {
        title: 'Model API',
        pages: [
          ...['model-requests', 'routing', 'realtime', 'uploads', 'jobs', 'job-vendors', 'stored-responses'],
          ...['translation-fields', 'upstreams', 'demo'],
        ],
      },
      {
        title: 'Management',
        pages: ['management', 'keys', 'accounts', 'channels', 'receipts', 'audit', 'usage-and-logs'],
      },
      { title: 'Money', pages: ['charging', 'prices', 'limits-and-budgets'] },
    ],
    rest: 'More',
  },
  {
    folder: 'explanation',
    title: 'Explanation',
    summary: 'Understand why: revocation, translation, security, architecture.',
    groups: [
      {
        title: 'Explanation',
        pages: [
          'revocation',
          'revocation-model',
          'security-model',
          'translation',
          'architecture',
          'benchmarks',
        ],
      },
    ],
    rest: 'More',
  },
  {
    folder: 'decisions',
    title: 'Decisions',
    summary: 'Why Halley is built as it is, with the best rival of each choice.',
    groups: [],
    rest: 'Decisions',
  },
];

/** A group with pages in it, as the side bar and the index of a section show it. */
export interface FilledGroup<P> {
  readonly title: string;
  readonly pages: readonly P[];
}

/** Puts the pages of a section in order. */
export function groupPages<P extends { readonly name: string }>(
  { groups, rest }: Section,
  pages: readonly P[],
): readonly FilledGroup<P>[] {
  const byName = new Map(pages.map((page) => [page.name, page]));
  const filled = groups.map(({ title, pages: names }) => ({
    title,
    pages: names.flatMap((name) => byName.get(name) ?? []),
  }));
  const named = new Set(groups.flatMap(({ pages: names }) => names));
  const others = { title: rest, pages: pages.filter(({ name }) => !named.has(name)) };
  return [...filled, others].filter((group) => group.pages.length > 0);
}
