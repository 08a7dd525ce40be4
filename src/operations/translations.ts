/** The translations by which an operation can be served over another protocol than its client's. */
import type { Translator } from '../protocols/translate/translator.ts';
import type { OperationName } from './registry.ts';

export interface Translation {
  /** The client's operation. */
  readonly from: OperationName;
  /** The operation of the upstream that serves it, whole and as a stream. */
  readonly to: OperationName;
  readonly toStream: OperationName;
  readonly translator: Translator;
}

/** In order of preference. */
export const translations: readonly Translation[] = [];
