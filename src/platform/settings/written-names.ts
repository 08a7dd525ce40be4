/** Resolves setting names as sources write them, former names included. */
import { environmentName, type SettingInfo, settingList } from './reference.ts';

/** A setting that a source names. */
export interface NamedSetting {
  readonly setting: SettingInfo;
  /** The present name, in the notation of the source, when the source uses a former one. */
  readonly renamedTo: string | undefined;
}

/** @param notation converts a dotted name to the notation of the source */
function index(notation: (name: string) => string): ReadonlyMap<string, NamedSetting> {
  return new Map(
    settingList.flatMap((setting): [string, NamedSetting][] => [
      [notation(setting.name), { setting, renamedTo: undefined }],
      ...setting.formerNames.map((former): [string, NamedSetting] => [
        notation(former),
        { setting, renamedTo: notation(setting.name) },
      ]),
    ]),
  );
}

/** Indexed by dotted name, as in the file. Flags use the same names with dashes. */
export const byDottedName = index((name) => name);

/** Indexed by environment variable. */
export const byVariable = index(environmentName);
