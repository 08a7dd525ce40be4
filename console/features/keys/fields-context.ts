/** What the fields of a key depend on besides its form: the time, and the zone of the viewer. */
import { format } from '../../format/format.ts';
import type { FieldsContext } from './key-fields.ts';

export const fieldsContext = (): FieldsContext => ({
  now: Math.floor(Date.now() / 1000),
  timeZone: format.timeZone,
  endOfDay: format.endOfDay,
});
