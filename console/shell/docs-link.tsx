/** The way to the documentation, where the gateway serves it. */
import { useQuery } from '@tanstack/react-query';
import { LifeBuoy } from 'lucide-react';
import { api, dataOf } from '../api/client.ts';
import { useMessages } from '../i18n/messages.ts';
import styles from './sidebar.module.css';

export function DocsLink() {
  const t = useMessages('common');
  const { data } = useQuery({
    queryKey: ['status'],
    queryFn: ({ signal }) => dataOf(api.GET('/api/status', { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (!data?.docs_link) return null;
  return (
    <a href={data.docs_link} target="_blank" rel="noreferrer" className={styles.item}>
      <LifeBuoy aria-hidden="true" />
      {t('documentation')}
    </a>
  );
}
