/** What a key may be used for. */
import type { ReactNode } from 'react';
import { Facts } from '../../components/facts.tsx';
import { Count } from '../../components/numbers.tsx';
import { Section } from '../../components/page.tsx';
import { Inline } from '../../components/stack.tsx';
import { Tag } from '../../components/status.tsx';
import type { Key } from '../../features/keys/key.ts';
import { useMessages } from '../../i18n/messages.ts';

export function KeyLimits({ keyOf }: { readonly keyOf: Key }) {
  const t = useMessages('keys');
  const f = useMessages('key-form');
  const models = keyOf.model_limits === '' ? [] : keyOf.model_limits.split(',');
  const limit = (value: number): ReactNode => (value === 0 ? t('riskNoLimit') : <Count value={value} />);
  const addresses = keyOf.allow_ips?.split('\n') ?? [];
  return (
    <Section title={f('limits')}>
      <Facts
        items={[
          {
            name: t('models'),
            value: keyOf.model_limits_enabled ? <Tags items={models} none={t('noModels')} /> : t('allModels'),
          },
          { name: f('addresses'), value: <Tags items={addresses} none={f('anyAddress')} /> },
          { name: t('group'), value: keyOf.group === '' ? t('ownGroup') : <Tag>{keyOf.group}</Tag> },
          { name: f('requestsPerMinute'), value: limit(keyOf.rpm_limit) },
          { name: f('tokensPerMinute'), value: limit(keyOf.tpm_limit) },
          { name: f('concurrent'), value: limit(keyOf.concurrency_limit) },
          {
            name: f('contentKept'),
            value:
              keyOf.content_log_days === 0
                ? f('contentNotKept')
                : f('daysCount', { count: keyOf.content_log_days }),
          },
        ]}
      />
    </Section>
  );
}

function Tags({ items, none }: { readonly items: readonly string[]; readonly none: string }) {
  if (items.length === 0) return none;
  return (
    <Inline>
      {items.map((item) => (
        <Tag key={item}>{item}</Tag>
      ))}
    </Inline>
  );
}
