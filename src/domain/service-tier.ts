/** Names of the service tiers by which providers process requests at prices of their own. Pure. */

const nameCharsMax = 32;
const name = /^[a-z][a-z0-9_-]*$/;

/** What providers call the standard service, or their own choice of it. */
const standardNames: ReadonlySet<string> = new Set([
  'auto',
  'default',
  'standard',
  'on_demand',
  'unspecified',
  'traffic_type_unspecified',
]);

/** What Vertex AI calls them. */
const otherNames: Readonly<Record<string, string>> = {
  on_demand_priority: 'priority',
  on_demand_flex: 'flex',
  on_demand_offpeak: 'offpeak',
};

/** Whether prices may have a tier of this name. */
export function isTierName(text: string): boolean {
  return (
    text.length <= nameCharsMax &&
    name.test(text) &&
    !standardNames.has(text) &&
    !Object.hasOwn(otherNames, text)
  );
}

/**
 * The tier that a report names, in the one spelling that prices use.
 * @returns '' = the standard service; undefined = none is named
 */
export function serviceTierOf(reported: unknown): string | undefined {
  if (typeof reported !== 'string' || reported === '') return undefined;
  const lower = reported.toLowerCase();
  if (standardNames.has(lower)) return '';
  const tier = Object.hasOwn(otherNames, lower) ? (otherNames[lower] ?? '') : lower;
  return isTierName(tier) ? tier : undefined;
}
