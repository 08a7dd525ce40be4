/** `/api/user/self/preferences`: what the caller chose for the console. */
import { z } from 'zod';
import { type Preferences, preferencesDefault, themes } from '../../domain/preferences.ts';
import { limits } from '../../platform/limits.ts';
import { timeZoneName } from '../../platform/time-zone.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { success } from '../response.ts';

const access = 'account';
const path = '/api/user/self/preferences';

const languagePattern = '^([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*)?$';

const language = z
  .string()
  .refine(
    (tag) => tag.length <= limits.language_tag_chars_max && new RegExp(languagePattern).test(tag),
    'must be a language tag such as zh-CN, or empty',
  )
  .meta({ maxLength: limits.language_tag_chars_max, pattern: languagePattern })
  .describe('A language tag such as `zh-CN`; empty = that of the browser.');
const theme = z.enum(themes).describe('`system` follows the system of the viewer.');
const timeZone = z
  .string()
  .refine(
    (name) => name === '' || timeZoneName(name) !== undefined,
    'must be a time zone such as Asia/Shanghai',
  )
  .meta({ format: 'optional-time-zone' })
  .describe('A name of the IANA database such as `Asia/Shanghai`; empty = that of the browser.');
const shortcuts = z.boolean().describe('Whether single keys are shortcuts. Default: true.');

const preferencesSchema = z.object({ language, theme, time_zone: timeZone, shortcuts });

const updateSchema = z.strictObject({
  language: language.optional(),
  theme: theme.optional(),
  time_zone: timeZone.optional(),
  shortcuts: shortcuts.optional(),
});

function preferencesRecord(preferences: Preferences): z.infer<typeof preferencesSchema> {
  const { timeZone: time_zone, ...rest } = preferences;
  return { ...rest, time_zone };
}

const get = accountEndpoint({
  method: 'GET',
  path,
  access,
  summary: 'Get your preferences for the console',
  data: preferencesSchema,
  async handle({ services, account }) {
    const chosen = await services.store.signIns.getPreferences(account.id);
    return success(preferencesRecord(chosen ?? preferencesDefault));
  },
});

const update = accountEndpoint({
  method: 'PUT',
  path,
  access,
  summary: 'Change your preferences for the console',
  description: 'Changes only the given fields.',
  body: updateSchema,
  data: preferencesSchema,
  async handle({ services, account, body }) {
    const { signIns } = services.store;
    const { time_zone: zone } = body;
    const before = (await signIns.getPreferences(account.id)) ?? preferencesDefault;
    const chosen: Preferences = {
      language: body.language ?? before.language,
      theme: body.theme ?? before.theme,
      timeZone: zone === undefined ? before.timeZone : (timeZoneName(zone) ?? ''),
      shortcuts: body.shortcuts ?? before.shortcuts,
    };
    await services.changes.setPreferences(account, chosen);
    return success(preferencesRecord(chosen));
  },
});

export const preferenceEndpoints: readonly Endpoint[] = [get, update];
