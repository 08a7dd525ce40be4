/** The texts of the console, by catalogue. An unknown id does not compile. */
import { useLingui } from '@lingui/react';
import { useCallback } from 'react';
import type audit from './locales/en/audit.json';
import type channels from './locales/en/channels.json';
import type common from './locales/en/common.json';
import type fleet from './locales/en/fleet.json';
import type keyForm from './locales/en/key-form.json';
import type keys from './locales/en/keys.json';
import type login from './locales/en/login.json';
import type logs from './locales/en/logs.json';
import type models from './locales/en/models.json';
import type overview from './locales/en/overview.json';
import type personal from './locales/en/personal.json';
import type pictures from './locales/en/pictures.json';
import type playground from './locales/en/playground.json';
import type prices from './locales/en/prices.json';
import type receipts from './locales/en/receipts.json';
import type settings from './locales/en/settings.json';
import type start from './locales/en/start.json';
import type tasks from './locales/en/tasks.json';
import type usage from './locales/en/usage.json';
import type used from './locales/en/used.json';
import type users from './locales/en/users.json';
import type wallet from './locales/en/wallet.json';

interface Catalogues {
  audit: typeof audit;
  channels: typeof channels;
  common: typeof common;
  fleet: typeof fleet;
  'key-form': typeof keyForm;
  keys: typeof keys;
  login: typeof login;
  logs: typeof logs;
  models: typeof models;
  overview: typeof overview;
  personal: typeof personal;
  pictures: typeof pictures;
  playground: typeof playground;
  prices: typeof prices;
  receipts: typeof receipts;
  settings: typeof settings;
  start: typeof start;
  tasks: typeof tasks;
  usage: typeof usage;
  used: typeof used;
  users: typeof users;
  wallet: typeof wallet;
}

export type CatalogueName = keyof Catalogues;

export type MessageOf<Name extends CatalogueName> = keyof Catalogues[Name] & string;

export type MessageValues = Readonly<Record<string, string | number | Date>>;

/** Formats a message of one catalogue in the chosen language. */
export type Translate<Name extends CatalogueName> = (id: MessageOf<Name>, values?: MessageValues) => string;

/**
 * The messages of a catalogue. `common` is always loaded; the catalogue of a page is loaded with the page.
 *
 * @example const t = useMessages('keys'); t('count', { count: 3 })
 */
export function useMessages<Name extends CatalogueName>(name: Name): Translate<Name> {
  const { i18n } = useLingui();
  return useCallback((id, values) => i18n._(`${name}.${id}`, values), [i18n, name]);
}
