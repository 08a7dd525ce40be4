/** Which room may import from which, and what some rooms must never touch. Types count as imports. */

/** From the top down. A room imports from lower levels only, so never from a neighbour on its own level. */
const levels = [
  ['main.ts'],
  ['assembly'],
  ['health'],
  ['cli', 'management', 'model-api', 'console', 'site'],
  ['relay'],
  ['revocation'],
  ['access', 'ledger', 'accounts', 'upstreams', 'demo', 'imports'],
  ['store'],
  ['operations'],
  ['telemetry'],
  ['protocols'],
  ['http', 'observe'],
  ['domain'],
  ['platform'],
];

/** Tests, and what only tests use: contract suites and `test-*.ts` beside the code. */
const tests = '[.]test[.]ts$|/contract/|/test-[^/]+[.]ts$';

const room = (name) => (name === 'main.ts' ? '^src/main[.]ts$' : `^src/${name}/`);
const roomsFrom = (level) => levels.slice(level).flat().map(room);

const pureRooms = ['domain', 'protocols', 'operations'].map(room);

const order = levels.flatMap((rooms, level) =>
  rooms.map((name) => ({
    name: `${name} imports from lower rooms only`,
    severity: 'error',
    from: { path: room(name), pathNot: tests },
    to: { path: '^(src|tests|bench|sim|docs)/', pathNot: [room(name), ...roomsFrom(level + 1)] },
  })),
);

/** `halley serve` is what starts main.ts, so one file below it must name it. */
for (const rule of order) if (rule.name.startsWith('cli ')) rule.to.pathNot.push('^src/main[.]ts$');

/** The console's rooms, from the top down. `pages/` has a rule of its own: no page imports another one. */
const consoleLevels = [
  ['main.tsx'],
  ['router.tsx'],
  ['pages'],
  ['shell'],
  ['features'],
  ['components'],
  ['api', 'format'],
  ['i18n'],
];
const consoleRoom = (name) => `^console/${name}`;
const consoleOrder = consoleLevels.flatMap((rooms, level) =>
  rooms.map((name) => ({
    name: `console/${name} imports from lower rooms only`,
    severity: 'error',
    from: { path: consoleRoom(name) },
    to: {
      path: '^console/',
      pathNot: [
        consoleRoom(name),
        '^console/styles/',
        ...consoleLevels
          .slice(level + 1)
          .flat()
          .map(consoleRoom),
      ],
    },
  })),
);

export default {
  forbidden: [
    ...order,
    ...consoleOrder,
    {
      name: 'the documentation site is made of documents and the colours of the console, and of no code of the server',
      severity: 'error',
      from: { path: '^site/' },
      to: { path: '^(src|tests|bench|docs|sim|deploy|console)/', pathNot: '^console/styles/' },
    },
    {
      name: 'only its tests see how the documentation site is made',
      severity: 'error',
      from: { pathNot: '^(site|tests)/' },
      to: { path: '^site/' },
    },
    {
      name: 'no page of the console imports another',
      severity: 'error',
      from: { path: '^console/pages/([^/]+)/' },
      to: { path: '^console/pages/[^/]+/', pathNot: '^console/pages/$1/' },
    },
    {
      name: 'the console has no zod, which is 6.5 KB even in its small form',
      severity: 'error',
      from: { path: '^console/' },
      to: { path: '^node_modules/zod/' },
    },
    {
      name: 'the console takes nothing but pure rules from the server',
      severity: 'error',
      from: { path: '^console/', pathNot: '^console/build/' },
      to: { path: '^(src|tests|bench|docs|sim)/', pathNot: '^src/domain/' },
    },
    {
      name: 'only halley serve imports main.ts',
      severity: 'error',
      from: { path: '^src/', pathNot: [tests, '^src/cli/commands/serve[.]ts$'] },
      to: { path: '^src/main[.]ts$' },
    },
    {
      name: 'only telemetry sees OpenTelemetry',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/telemetry/' },
      to: { path: '^node_modules/@opentelemetry/' },
    },
    {
      name: 'telemetry is loaded on demand',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/telemetry/' },
      to: { path: '^src/telemetry/', dependencyTypesNot: ['dynamic-import', 'type-only'] },
    },
    {
      name: 'every room is in the order of the rooms',
      severity: 'error',
      from: { path: '^src/', pathNot: roomsFrom(0) },
      to: {},
    },
    {
      name: 'there are no circles',
      comment:
        'The simulation is one world of parts that know each other. A route loads its page when it is opened, and the page reads the search parameters of its route.',
      severity: 'error',
      from: { pathNot: '^sim/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['dynamic-import'] } },
    },
    {
      name: 'relay never sees SQL',
      severity: 'error',
      from: { path: '^src/relay/', pathNot: tests },
      to: {
        path: ['^src/store/', '^(node:)?sqlite$'],
        pathNot: '^src/store/(ledger-|job-|object-)?store[.]ts$',
      },
    },
    {
      name: 'management never sees undici',
      severity: 'error',
      from: { path: '^src/management/', pathNot: tests },
      to: { path: '^node_modules/undici/' },
    },
    {
      name: 'pure rooms see no clock, randomness, files or network',
      comment: 'What they may take from the modules of Node that remain is in biome.json.',
      severity: 'error',
      from: { path: pureRooms, pathNot: tests },
      to: {
        path: ['^node_modules/undici/', '^src/platform/(clock|random|log)[.]ts$'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'pure rooms take from Node what computes',
      severity: 'error',
      from: { path: pureRooms, pathNot: tests },
      to: {
        dependencyTypes: ['core'],
        dependencyTypesNot: ['type-only'],
        pathNot: '^(crypto|net|zlib)$',
      },
    },
    {
      name: 'every import is found',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // The other parser that knows TypeScript needs a version before 7. This one reads imports of types always.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
