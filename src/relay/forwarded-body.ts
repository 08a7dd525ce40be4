/** The client's own bytes for upstreams that speak its protocol, with the edits that are documented. */
import type { Operation } from '../operations/operation.ts';
import type { ByteEdit } from '../protocols/json-bytes.ts';
import type { UpstreamTarget } from '../upstreams/upstreams.ts';
import type { Destination } from './route.ts';
import { bodyPieces, type OutgoingBody } from './upstream-request.ts';
import type { UpstreamRequest } from './upstream-side-parts.ts';

export class ForwardedBody {
  readonly #operation: Operation;
  #hidesUsage = false;
  #asksForUsage = false;
  /** Whether this upstream refused to report usage; it is certain once it responds without the option. */
  refusedUsage = false;

  constructor(operation: Operation) {
    this.#operation = operation;
  }

  /** Whether the upstream was asked for a usage report that the client did not ask for. */
  get hidesUsage(): boolean {
    return this.#hidesUsage;
  }

  /** Whether the gateway itself asked the upstream for the report. */
  get asksForUsage(): boolean {
    return this.#asksForUsage;
  }

  /**
   * For an upstream that gets a translated body, whose report the translation hides.
   * @returns whether the upstream may be asked for it
   */
  translated(target: UpstreamTarget): boolean {
    this.#hidesUsage = false;
    this.#asksForUsage = this.#mayAsk(target);
    return this.#asksForUsage;
  }

  #mayAsk({ asksForUsage }: UpstreamTarget): boolean {
    return asksForUsage && !this.refusedUsage;
  }

  /** @param otherEdits of anything but the model and the usage report */
  outgoing(
    { body, model }: UpstreamRequest,
    { target, call }: Destination,
    otherEdits: readonly ByteEdit[],
  ): OutgoingBody {
    if (body.upload) return { body: [], upload: body.upload(target.model) };
    const usageEdits = this.#mayAsk(target) ? body.usageEdits(call) : undefined;
    this.#hidesUsage = usageEdits !== undefined;
    this.#asksForUsage = this.#hidesUsage;
    const mapped = this.#operation.modelInPath === undefined && target.model !== model;
    const edits = [...(usageEdits ?? []), ...otherEdits];
    return { body: bodyPieces(body, mapped ? target.model : undefined, edits) };
  }
}
