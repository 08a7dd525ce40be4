/** The client's own bytes for upstreams that speak its protocol, with the edits that are documented. */
import type { Operation } from '../operations/operation.ts';
import type { ByteEdit } from '../protocols/json-bytes.ts';
import type { Destination } from './route.ts';
import { bodyPieces } from './upstream-request.ts';
import type { UpstreamRequest } from './upstream-side-parts.ts';

export class ForwardedBody {
  readonly #operation: Operation;
  #hidesUsage = false;
  /** Whether this upstream refused to report usage; it is certain once it responds without the option. */
  refusedUsage = false;

  constructor(operation: Operation) {
    this.#operation = operation;
  }

  /** Whether the upstream was asked for a usage report that the client did not ask for. */
  get hidesUsage(): boolean {
    return this.#hidesUsage;
  }

  /** For an upstream that gets another body. */
  reset(): void {
    this.#hidesUsage = false;
  }

  /** @param otherEdits of anything but the model and the usage report */
  pieces(
    { body, model }: UpstreamRequest,
    { target, call }: Destination,
    otherEdits: readonly ByteEdit[],
  ): readonly Buffer[] {
    const asks = target.asksForUsage && !this.refusedUsage;
    const usageEdits = asks ? body.usageEdits(call) : undefined;
    this.#hidesUsage = usageEdits !== undefined;
    const mapped = this.#operation.modelInPath === undefined && target.model !== model;
    return bodyPieces(body, mapped ? target.model : undefined, [...(usageEdits ?? []), ...otherEdits]);
  }
}
