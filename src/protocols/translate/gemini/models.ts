/**
 * What families of Gemini models can do, as data (ai.google.dev: thinking, function calling and file input pages; facts,
 * sections 4 and 5). The first pattern that a model's name matches counts. Pure.
 */

export type ThinkingLevel = 'MINIMAL' | 'LOW' | 'MEDIUM' | 'HIGH';

export type Thinking =
  /** Refuses `thinkingConfig`. */
  | { readonly by: 'none' }
  | { readonly by: 'level'; readonly levels: readonly ThinkingLevel[] }
  | { readonly by: 'budget'; readonly min: number; readonly max: number; readonly canBeOff: boolean };

export interface ModelFamily {
  readonly thinking: Thinking;
  /** Whether a call of the current turn must have its signature. */
  readonly needsSignatures: boolean;
  /** Whether a function's result may hold images and files. */
  readonly takesMediaInResults: boolean;
  /** Whether `fileUri` may be any public address. */
  readonly fetchesUrls: boolean;
}

const old: ModelFamily = {
  thinking: { by: 'none' },
  needsSignatures: false,
  takesMediaInResults: false,
  fetchesUrls: false,
};

const budgeted = (min: number, max: number, canBeOff: boolean): ModelFamily => ({
  ...old,
  thinking: { by: 'budget', min, max, canBeOff },
  fetchesUrls: true,
});

const levelled = (...levels: readonly ThinkingLevel[]): ModelFamily => ({
  thinking: { by: 'level', levels },
  needsSignatures: true,
  takesMediaInResults: true,
  fetchesUrls: true,
});

const families: readonly (readonly [pattern: RegExp, family: ModelFamily])[] = [
  [/gemini-(?:1|2\.0)|gemma|learnlm/, old],
  [/gemini-2\.5.*image/, { ...old, fetchesUrls: true }],
  [/gemini-2\.5-pro/, budgeted(128, 32_768, false)],
  [/gemini-2\.5-flash-lite/, budgeted(512, 24_576, true)],
  [/gemini-2\.5|robotics-er/, budgeted(1, 24_576, true)],
  [/gemini-3-pro/, levelled('LOW', 'HIGH')],
  [/gemini-3[.\d]*-pro/, levelled('LOW', 'MEDIUM', 'HIGH')],
];

/** Unknown names are newer than this table. */
const newest = levelled('MINIMAL', 'LOW', 'MEDIUM', 'HIGH');

/** @param model the upstream's name, with or without a path before it */
export function familyOf(model: string): ModelFamily {
  const name = model.toLowerCase();
  return families.find(([pattern]) => pattern.test(name))?.[1] ?? newest;
}
