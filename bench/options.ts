/** Reads the options of `npm run bench`. */
import { parseArgs } from 'node:util';
import { scenarios } from './scenarios.ts';

const names = scenarios.map(({ name }) => name).join(', ');
/** Fewer rounds say nothing on a machine with other load. */
const roundsMin = 7;

export const help = `Usage: npm run bench -- [options]

  --quick            short rounds and few of them (about ten minutes in all)
  --only <scenario>  one of: ${names}; may be repeated
  --against <rev>    measures a gateway of another revision in the same rounds, and prints both side by side
  --rounds <n>       rounds of each comparison, at least ${roundsMin} (default 13, with --quick ${roundsMin})
  --noise            a second bare relay in the gateway's place: shows how exact the figures are
  --profile <dir>    write CPU profiles of the gateways there, and list the functions by self time (slower)
  --json             print JSON in place of the table
  --help             this text`;

export interface Options {
  readonly quick: boolean;
  readonly noise: boolean;
  readonly json: boolean;
  readonly only: readonly string[];
  readonly rounds: number;
  readonly against?: string | undefined;
  readonly profile?: string | undefined;
}

function checkNames(only: readonly string[], against: string | undefined): void {
  for (const name of only) {
    const scenario = scenarios.find((each) => each.name === name);
    if (!scenario) throw new Error(`there is no scenario ${name}\n\n${help}`);
    if (against !== undefined && !scenario.againstRevision) {
      throw new Error(`${name} does not compare with another revision`);
    }
  }
}

/**
 * @returns undefined when only help was requested
 * @throws Error for unknown options
 */
export function readOptions(): Options | undefined {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      noise: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string' },
      against: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  checkNames(values.only, values.against);
  if (values.noise && values.against !== undefined) {
    throw new Error('--noise measures no gateway; use --against HEAD to see the noise between two gateways');
  }
  const rounds = values.rounds === undefined ? (values.quick ? roundsMin : 13) : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < roundsMin) {
    throw new Error(`--rounds must be a whole number of at least ${roundsMin}`);
  }
  return { ...values, rounds };
}
