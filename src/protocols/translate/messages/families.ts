/** What the families of Claude models take and refuse, by the model's name. Pure. */
import type { Effort } from '../form/request.ts';

/** Where an instruction in the middle of a conversation goes. */
export type SystemTurns =
  /** A turn of its own with the role `system`. */
  | 'system'
  /** A marked section of the user's turn. */
  | 'user';

export interface Family {
  /** How it is asked to think; `none` = it cannot. */
  readonly thinking: 'none' | 'budget' | 'adaptive';
  /** How it is asked not to think; `never` = it cannot be. */
  readonly off: 'disabled' | 'between_tools' | 'never';
  readonly thinksByDefault: boolean;
  /** Of `output_config.effort`; none = it refuses the field. */
  readonly efforts: readonly Effort[];
  /** Whether it may be forced to use a tool. */
  readonly forcedTools: 'unless-thinking' | 'never';
  /** Whether it takes temperature, top_p and top_k: all, not temperature and top_p together, or none. */
  readonly sampling: 'all' | 'one' | 'none';
  /** Whether it goes on with an assistant message at the end. */
  readonly prefill: boolean;
  readonly systemTurns: SystemTurns;
}

/** Servers of other models that speak this protocol, and models before Claude 3.7 apart from `thinking`. */
const oldest: Family = {
  thinking: 'budget',
  off: 'disabled',
  thinksByDefault: false,
  efforts: [],
  forcedTools: 'unless-thinking',
  sampling: 'all',
  prefill: true,
  systemTurns: 'user',
};

const allEfforts: readonly Effort[] = ['low', 'medium', 'high', 'xhigh', 'max'];

/** From Opus 4.7 on: neither budgets nor sampling parameters. */
const adaptiveOnly: Family = {
  ...oldest,
  thinking: 'adaptive',
  efforts: allEfforts,
  sampling: 'none',
  prefill: false,
};

const fable: Family = { ...adaptiveOnly, off: 'never', thinksByDefault: true, forcedTools: 'never' };

const line = '(opus|sonnet|haiku|fable|mythos)';
/** `claude-opus-4-6-20260205`, `claude-sonnet-4.5`; a date is no minor version. */
const newName = new RegExp(`claude-${line}-(\\d{1,2})(?:[-.](\\d{1,2})(?!\\d))?(?!\\d)`);
/** `claude-3-7-sonnet-20250219`. */
const oldName = new RegExp(`claude-(\\d)(?:[-.](\\d))?-${line}`);
const anyClaude = /claude-(?:\d|instant|v\d|mythos|fable|opus|sonnet|haiku)/;

/**
 * Sources: the facts, sections 1, 2, 3.3 and 5.1; OpenRouter's migration guides to Claude 5 and 5.5 for the models since
 * Sonnet 5. Names that say no version are taken for the newest.
 * @param model the upstream's name, with whatever a cloud puts around it
 */
export function familyOf(model: string): Family {
  const name = model.toLowerCase();
  const old = oldName.exec(name);
  if (old) return { ...oldest, thinking: versionOf(old[1], old[2]) >= 3.7 ? 'budget' : 'none' };
  const [, kind = '', major, minor] = newName.exec(name) ?? [];
  if (major !== undefined) return byVersion(kind, versionOf(major, minor));
  if (/claude-(?:2|instant|v\d)/.test(name)) return { ...oldest, thinking: 'none' };
  return anyClaude.test(name) ? fable : oldest;
}

function versionOf(major: string | undefined, minor = '0'): number {
  return Number(`${major}.${minor}`);
}

function byVersion(kind: string, version: number): Family {
  if (kind === 'fable' || kind === 'mythos') {
    return { ...fable, systemTurns: version >= 5.1 ? 'system' : 'user' };
  }
  if (version >= 5) return fifth(kind, version);
  if (version >= 4.7) return { ...adaptiveOnly, systemTurns: version >= 4.8 ? 'system' : 'user' };
  if (version >= 4.6) {
    const efforts: readonly Effort[] = ['low', 'medium', 'high', 'max'];
    return { ...adaptiveOnly, efforts, sampling: 'one' };
  }
  const efforts: readonly Effort[] = kind === 'opus' && version >= 4.5 ? ['low', 'medium', 'high'] : [];
  return { ...oldest, efforts, sampling: version >= 4.1 ? 'one' : 'all' };
}

function fifth(kind: string, version: number): Family {
  const family: Family = { ...adaptiveOnly, thinksByDefault: true };
  if (version < 5.5) return { ...family, systemTurns: kind === 'opus' ? 'system' : 'user' };
  const newest: Family = { ...family, forcedTools: 'never', systemTurns: 'system' };
  if (kind === 'opus') return { ...newest, off: 'never' };
  return kind === 'sonnet' ? { ...newest, off: 'between_tools' } : newest;
}
