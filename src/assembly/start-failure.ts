/** Explains a failed start to the operator: which address, file or database failed, and what to do. */
import { join } from 'node:path';
import { listenReason } from '../http/listen-reason.ts';
import { errorCatalogue, HalleyError } from '../platform/errors.ts';
import type { Settings } from '../platform/settings/schema.ts';
import { databaseName, unusable } from '../store/postgres/database-name.ts';
import { databaseFileName } from '../store/sqlite/open.ts';
import { asStorageFailure } from '../store/storage-failure.ts';

type StartSettings = Pick<Settings, 'data_dir' | 'database' | 'listen' | 'metrics'>;

/** @returns the error to throw: the given one if its message is already meant for the operator */
export function startFailure(error: unknown, settings: StartSettings): unknown {
  const { code, syscall } = Object(error) as { code?: unknown; syscall?: unknown };
  if (typeof code === 'string' && (syscall === 'listen' || syscall === 'getaddrinfo')) {
    return listenFailure(error as NodeJS.ErrnoException, settings);
  }
  const isPublic = error instanceof HalleyError && error.message === errorCatalogue[error.code].text;
  if (!isPublic || error.code !== 'store_unavailable') return error;
  const { url } = settings.database;
  return url === undefined
    ? asStorageFailure(join(settings.data_dir, databaseFileName), error)
    : unusable(databaseName(url), error);
}

function listenFailure(error: NodeJS.ErrnoException, { listen, metrics }: StartSettings): HalleyError {
  const { port } = error as { port?: number };
  const isMetrics =
    metrics.listen !== undefined && !listen.endsWith(`:${port}`) && metrics.listen.endsWith(`:${port}`);
  const [name, address] = isMetrics ? ['metrics.listen', metrics.listen] : ['listen', listen];
  return new HalleyError('internal_error', {
    message: `Cannot listen on ${address}: ${listenReason(error.code ?? '', name)}.`,
    cause: error,
  });
}
