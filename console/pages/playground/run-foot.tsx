/** What a finished request used, and the ways to its text and its record. */
import { ButtonLink } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { RunFacts } from '../../features/model-request/run-facts.tsx';
import { isRunning, type ModelRun } from '../../features/model-request/use-model-run.ts';
import { useMessages } from '../../i18n/messages.ts';
import styles from './playground.module.css';

/** Shows nothing while the request runs. */
export function RunFoot({ run }: { readonly run: ModelRun }) {
  const t = useMessages('playground');
  if (isRunning(run)) return null;
  return (
    <footer className={styles.exchangeFoot}>
      <RunFacts run={run} />
      <div className={styles.exchangeActions}>
        {run.text !== '' && <CopyButton text={run.text} label={t('copyResponse')} size="sm" />}
        {run.requestId !== '' && (
          // A page of its own: this one forgets the conversation when it is left.
          <ButtonLink to="/log" search={{ request: run.requestId }} target="_blank" size="sm" variant="ghost">
            {t('openLog')}
          </ButtonLink>
        )}
      </div>
    </footer>
  );
}
