/**
 * The results of a job, played or shown in the page and offered as files. They come through the gateway, with the key that
 * submitted the job. Texts are those of `tasks`.
 */
import { queryOptions, useQuery } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { api, failureOf } from '../../api/client.ts';
import { buttonClass } from '../../components/button.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { useMessages } from '../../i18n/messages.ts';
import type { OwnTask } from './job.ts';
import styles from './jobs.module.css';

interface JobResultsProps {
  readonly job: Pick<OwnTask, 'task_id' | 'token_id' | 'results'>;
}

export function JobResults({ job: { task_id: id, token_id: keyId, results } }: JobResultsProps) {
  return results.map((path, at) => (
    <JobResult key={path} keyId={keyId} path={path} name={results.length > 1 ? `${id}-${at + 1}` : id} />
  ));
}

interface JobResultProps {
  readonly keyId: number;
  readonly path: string;
  /** Of the file, without its extension. */
  readonly name: string;
}

function JobResult({ keyId, path, name }: JobResultProps) {
  const t = useMessages('tasks');
  const { data: type, error, refetch } = useQuery(resultTypeQuery(keyId, path));
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (type === undefined) return <Skeleton height={12} />;
  const address = addressOf(keyId, path);
  return (
    <div className={styles.result}>
      <Shown type={type} address={address} />
      <a className={buttonClass({ size: 'sm' })} href={address} download={`${name}${extensionOf(type)}`}>
        <Download aria-hidden="true" />
        {t('download')}
      </a>
    </div>
  );
}

/** What a browser can show of it; nothing for a file of another kind. */
function Shown({ type, address }: { readonly type: string; readonly address: string }) {
  const t = useMessages('tasks');
  if (type.startsWith('video/')) {
    return (
      // biome-ignore lint/a11y/useMediaCaption: vendors deliver no captions with what they make.
      <video controls preload="metadata" src={address} aria-label={t('result')} className={styles.shown} />
    );
  }
  if (type.startsWith('audio/')) {
    return (
      // biome-ignore lint/a11y/useMediaCaption: vendors deliver no captions with what they make.
      <audio controls preload="metadata" src={address} aria-label={t('result')} className={styles.sound} />
    );
  }
  if (type.startsWith('image/')) {
    return <img src={address} alt={t('result')} className={`${styles.shown} ${styles.picture}`} />;
  }
  return null;
}

const addressOf = (keyId: number, path: string) =>
  `/api/playground?${new URLSearchParams({ token_id: String(keyId), path })}`;

/** The type of its content, found by asking for one byte. */
const resultTypeQuery = (keyId: number, path: string) =>
  queryOptions({
    queryKey: ['tasks', 'result', keyId, path],
    queryFn: async ({ signal }) => {
      const query = { token_id: keyId, path };
      const call = { signal, params: { query }, headers: { range: 'bytes=0-0' }, parseAs: 'stream' } as const;
      const { response, error } = await api.GET('/api/playground', call);
      if (!response.ok) throw failureOf(response, envelopeOf(error));
      // Not every upstream heeds ranges.
      await response.body?.cancel();
      return response.headers.get('content-type') ?? '';
    },
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });

/** The failure in the form of the management API: a key that may not see the job answers in that of the vendor. */
function envelopeOf(error: unknown): unknown {
  const { error: inner } = (error ?? {}) as { error?: { message?: unknown; code?: unknown } };
  if (typeof inner?.message !== 'string') return error;
  return { success: false, message: inner.message, code: String(inner.code) };
}

const extensions: Readonly<Record<string, string>> = {
  'video/mp4': '.mp4',
  'video/webm': '.webm',
  'video/quicktime': '.mov',
  'image/png': '.png',
  'image/jpeg': '.jpg',
  'image/webp': '.webp',
  'image/gif': '.gif',
  'audio/mpeg': '.mp3',
  'audio/wav': '.wav',
};

const extensionOf = (type: string): string => extensions[type.split(';')[0]?.trim() ?? ''] ?? '';
