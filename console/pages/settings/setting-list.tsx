/** The settings of one group: name, value, source and meaning of each. */
import { Tag } from '../../components/status.tsx';
import { useMessages } from '../../i18n/messages.ts';
import styles from './setting-list.module.css';
import type { Setting } from './settings.ts';

const sourceNames = {
  default: 'sourceDefault',
  file: 'sourceFile',
  environment: 'sourceEnvironment',
  flag: 'sourceFlag',
} as const;

export function SettingList({ settings }: { readonly settings: readonly Setting[] }) {
  return (
    <dl className={styles.list}>
      {settings.map((setting) => (
        <SettingRow key={setting.name} setting={setting} />
      ))}
    </dl>
  );
}

function SettingRow({ setting }: { readonly setting: Setting }) {
  const t = useMessages('settings');
  const { name, source, place, description, allowed, env, flag } = setting;
  return (
    <div className={styles.row} data-changed={source !== 'default' || undefined}>
      <dt className={styles.name}>
        <code>{name}</code>
      </dt>
      <dd className={styles.description}>
        {/* The gateway describes its settings in English. */}
        <p lang="en">{withoutMarks(description)}</p>
        <details>
          <summary>{t('how')}</summary>
          <ul className={styles.how}>
            <li lang="en">{withoutMarks(allowed)}</li>
            <li>
              <code>{env}</code>
            </li>
            {flag !== '' && (
              <li>
                <code>{flag}</code>
              </li>
            )}
          </ul>
        </details>
      </dd>
      <dd className={styles.value}>
        <SettingValue setting={setting} />
      </dd>
      <dd className={styles.source}>
        <Tag>{t(sourceNames[source])}</Tag>
        {place !== '' && <code className={styles.place}>{place}</code>}
      </dd>
    </div>
  );
}

function SettingValue({ setting }: { readonly setting: Setting }) {
  const t = useMessages('settings');
  const { value, is_secret: isSecret, is_set: isSet } = setting;
  if (isSecret) return <span className={styles.muted}>{t(isSet ? 'secretSet' : 'notSet')}</span>;
  if (value === null || value === '') return <span className={styles.muted}>{t('notSet')}</span>;
  if (Array.isArray(value) && value.length === 0)
    return <span className={styles.muted}>{t('emptyList')}</span>;
  return <code>{Array.isArray(value) ? value.join(', ') : String(value)}</code>;
}

/** The descriptions are Markdown with code marks only. */
function withoutMarks(text: string): string {
  return text.replaceAll('`', '');
}
