/** Serves the calls of a `WorkerChannel` in a worker thread, and carries errors over to the caller. */
import { parentPort, type Transferable } from 'node:worker_threads';
import { type ErrorCode, HalleyError } from './errors.ts';

/** Functions of one argument that can be copied to the thread. Results are copied back. */
export type WorkerHandlers = { readonly [name: string]: (argument: never) => unknown };

interface Call {
  readonly id: number;
  readonly name: string;
  readonly argument: never;
}

/** Class and fields of an error do not survive the copy between threads. */
type CarriedError =
  | {
      readonly code: ErrorCode;
      readonly message: string;
      readonly log: string | undefined;
      readonly param: string | undefined;
    }
  | { readonly text: string };

export type WorkerReply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: CarriedError };

/** @param transferOf memory of a result that is given away to the caller */
export function serveHandlers<Handlers extends WorkerHandlers>(
  handlers: Handlers,
  transferOf?: (result: Awaited<ReturnType<Handlers[keyof Handlers]>>) => Transferable[],
): void {
  type Result = Awaited<ReturnType<Handlers[keyof Handlers]>>;
  const port = parentPort;
  const reply = (id: number, result: Result) =>
    port?.postMessage({ id, result } satisfies WorkerReply, transferOf?.(result) ?? []);
  const refuse = (id: number, error: unknown) =>
    port?.postMessage({ id, error: carriedError(error) } satisfies WorkerReply);
  port?.on('message', ({ id, name, argument }: Call) => {
    try {
      const result = handlers[name]?.(argument);
      if (result instanceof Promise)
        result.then((value) => reply(id, value)).catch((error) => refuse(id, error));
      else reply(id, result as Result);
    } catch (error) {
      refuse(id, error);
    }
  });
}

function carriedError(error: unknown): CarriedError {
  if (!(error instanceof HalleyError)) return { text: String(error) };
  const { code, message, log, param } = error;
  return { code, message, log, param };
}

export function restoredError(error: CarriedError): Error {
  if ('text' in error) return new Error(error.text);
  const { code, message, log, param } = error;
  return new HalleyError(code, {
    message,
    ...(log !== undefined && { log }),
    ...(param !== undefined && { param }),
  });
}
