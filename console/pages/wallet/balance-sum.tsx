/** The balance as a sum: what was added minus what was charged. */
import { Link } from '@tanstack/react-router';
import { Money } from '../../components/numbers.tsx';
import { Section } from '../../components/page.tsx';
import { useMessages } from '../../i18n/messages.ts';
import styles from './wallet.module.css';
import type { Wallet } from './wallet-queries.ts';

export function BalanceSum({ wallet }: { readonly wallet: Wallet }) {
  const t = useMessages('wallet');
  const terms = [
    { name: t('added'), units: wallet.added_quota, sign: '' },
    { name: t('charged'), units: wallet.charged_quota, sign: '−' },
    { name: t('equals'), units: wallet.quota, sign: '=' },
  ];
  return (
    <Section title={t('sumTitle')} description={t('sumNote')} actions={<Link to="/log">{t('toLogs')}</Link>}>
      <dl className={styles.sum}>
        {terms.map(({ name, units, sign }) => (
          <div key={name} className={styles.term} data-sign={sign}>
            <dt>{name}</dt>
            <dd>
              <Money units={units} />
            </dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
