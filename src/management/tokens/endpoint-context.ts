/** What the settings and the account say about the fields of a key. */
import { nowSeconds, type Services } from '../services.ts';
import type { FieldsContext } from './fields.ts';

export function fieldsContext(services: Services, ownGroup: string): FieldsContext {
  const { groups, ledger } = services.settings;
  return {
    ownGroup,
    selectableGroups: groups.selectable,
    timeZone: ledger.time_zone,
    nowSeconds: nowSeconds(services),
  };
}
