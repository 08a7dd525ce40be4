/** Groups and filters settings. Pure. */
import type { paths } from '../../api/schema.ts';

type Reply = paths['/api/setting']['get']['responses'][200]['content']['application/json'];

export type Setting = Extract<Reply, { success: true }>['data'][number];

export interface SettingGroup {
  /** The first part of the names; `general` for names of one part. */
  readonly name: string;
  readonly settings: readonly Setting[];
}

export interface SettingFilter {
  readonly q: string;
  /** '' = all. */
  readonly group: string;
  readonly isChangedOnly: boolean;
}

/** @returns groups in the order of the settings, without empty ones */
export function settingGroups(settings: readonly Setting[], filter: SettingFilter): readonly SettingGroup[] {
  const words = filter.q.toLowerCase().split(/\s+/);
  const matching = settings.filter((setting) => {
    if (filter.isChangedOnly && setting.source === 'default') return false;
    if (filter.group !== '' && groupOf(setting) !== filter.group) return false;
    const text = `${setting.name} ${setting.env} ${setting.description}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return [...Map.groupBy(matching, groupOf)].map(([name, inGroup]) => ({ name, settings: inGroup }));
}

/** The names of the groups, in the order of the settings. */
export function groupNames(settings: readonly Setting[]): readonly string[] {
  return [...new Set(settings.map(groupOf))];
}

export const generalGroup = 'general';

function groupOf({ name }: Setting): string {
  const [first = '', second] = name.split('.');
  return second === undefined ? generalGroup : first;
}
