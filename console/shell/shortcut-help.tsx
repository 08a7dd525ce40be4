/** The list of keyboard shortcuts. */
import { Dialog } from '../components/dialog.tsx';
import { type Fact, Facts } from '../components/facts.tsx';
import { useMessages } from '../i18n/messages.ts';
import { navigation } from './navigation.ts';
import styles from './shortcut-help.module.css';

export function ShortcutHelp({ onClose }: { readonly onClose: () => void }) {
  const t = useMessages('common');
  const pages = navigation
    .flatMap(({ items }) => items)
    .flatMap(({ key, label }) => (key === undefined ? [] : [{ key, name: t(label) }]));
  const shortcuts: readonly Fact[] = [
    { name: t('shortcutMenu'), value: <Keys keys={['Ctrl / ⌘', 'K']} /> },
    { name: t('shortcutSearch'), value: <Keys keys={['/']} /> },
    { name: t('shortcutCreate'), value: <Keys keys={['c']} /> },
    { name: t('shortcutHelp'), value: <Keys keys={['?']} /> },
    ...pages.map(({ key, name }) => ({
      name: t('shortcutGo', { page: name }),
      value: <Keys keys={['g', key]} between={t('thenKey')} />,
    })),
  ];
  return (
    <Dialog open onClose={onClose} title={t('help')} description={t('helpIntro')}>
      <Facts items={shortcuts} />
    </Dialog>
  );
}

function Keys({ keys, between = '' }: { readonly keys: readonly string[]; readonly between?: string }) {
  return (
    <span className={styles.keys}>
      {keys.map((key, index) => (
        <span key={key}>
          {index > 0 && between !== '' && `${between} `}
          <kbd>{key}</kbd>
        </span>
      ))}
    </span>
  );
}
