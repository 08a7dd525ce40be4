/** Downloads the records of a filter as CSV, with progress, and can be cancelled. */
import { useEffect, useRef, useState } from 'react';
import { api } from '../../api/client.ts';
import { download, type Progress } from '../../api/download.ts';
import { type LogFilter, timedQueryOf } from './log-filter.ts';

interface ExportState extends Progress {
  readonly phase: 'idle' | 'running' | 'done' | 'failed';
  readonly error: unknown;
}

const idle: ExportState = { phase: 'idle', lines: 0, bytes: 0, error: undefined };

interface Export {
  readonly state: ExportState;
  readonly start: () => void;
  readonly cancel: () => void;
}

export function useExport(filter: LogFilter): Export {
  const [state, setState] = useState(idle);
  const running = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const cancel = () => {
    running.current?.abort();
    setState(idle);
  };
  const start = () => {
    const controller = new AbortController();
    running.current = controller;
    const show = (shown: Partial<ExportState>) => {
      if (!controller.signal.aborted) setState({ ...idle, ...shown });
    };
    show({ phase: 'running' });
    download(exportCall(filter, controller.signal), {
      fileName: 'requests.csv',
      contentType: 'text/csv',
      onProgress: (progress) => show({ phase: 'running', ...progress }),
    }).then(
      (progress) => show({ phase: 'done', ...progress }),
      (error: unknown) => show({ phase: 'failed', error }),
    );
  };
  return { state, start, cancel };
}

function exportCall(filter: LogFilter, signal: AbortSignal) {
  const query = timedQueryOf(filter, Math.floor(Date.now() / 1000));
  const options = { params: { query }, signal, parseAs: 'stream' } as const;
  return filter.all ? api.GET('/api/log/export', options) : api.GET('/api/log/self/export', options);
}
