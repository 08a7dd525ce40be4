/** Exports what the filter means: how much that is, progress, and a way to cancel. Load it with `lazy`. */
import { useQuery } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Meter } from '../../components/meter.tsx';
import { ErrorState } from '../../components/states.tsx';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import { type LogFilter, narrowingOf, spanOf } from './log-filter.ts';
import { histogramQuery } from './log-queries.ts';
import { useExport } from './use-export.ts';

interface ExportDialogProps {
  readonly filter: LogFilter;
  readonly onClose: () => void;
}

export function ExportDialog({ filter, onClose }: ExportDialogProps) {
  const t = useMessages('logs');
  const { data } = useQuery(histogramQuery(filter));
  const { state, start, cancel } = useExport(filter);
  const isWhole = data !== undefined && data.counted_from <= data.from + data.width;
  const isRunning = state.phase === 'running';
  const { from, to } = spanOf(filter, Math.floor(Date.now() / 1000));
  const lines = format.count(state.lines);
  const size = t('kilobytes', { size: format.count(Math.ceil(state.bytes / 1000)) });
  const close = () => {
    cancel();
    onClose();
  };
  return (
    <Dialog
      open
      onClose={close}
      title={t('exportTitle')}
      description={t('exportText', { from: format.dateTime(from), to: format.dateTime(to) })}
      footer={
        <>
          <Button onClick={isRunning ? cancel : close}>
            {t(isRunning ? 'cancelExport' : 'closeExport')}
          </Button>
          <Button variant="primary" icon={<Download />} busy={isRunning} onClick={start}>
            {t('startExport')}
          </Button>
        </>
      }
    >
      <p>{t('exportFilters', { count: narrowingOf(filter).length })}</p>
      {data && state.phase === 'idle' && (
        <p>{t(isWhole ? 'exportEstimate' : 'exportAtLeast', { lines: format.count(data.total) })}</p>
      )}
      {isRunning && (
        <>
          {isWhole && data.total > 0 && (
            <Meter
              label={t('exportProgress')}
              share={state.lines / data.total}
              text={t('exported', { lines, size })}
            />
          )}
          <p role="status">{t('exported', { lines, size })}</p>
        </>
      )}
      {state.phase === 'done' && <Callout tone="ok">{t('exportDone', { lines, size })}</Callout>}
      {state.phase === 'failed' && <ErrorState error={state.error} onRetry={start} />}
    </Dialog>
  );
}
