/** The response object of Responses, with every field that its type requires (`Response`). Pure. */
import type { Usage } from '../../../domain/usage.ts';
import type { JsonObject } from '../../protocol.ts';
import { defined } from '../json.ts';
import type { RequestFacts } from '../parts.ts';
import { writeUsage } from './usage.ts';

/** By which a request asks for log probabilities (`ResponseIncludable`). */
export const logprobsIncluded = 'message.output_text.logprobs';

export type ResponseStatus = 'in_progress' | 'completed' | 'incomplete' | 'failed';

export interface ResponseState {
  readonly id: string;
  readonly status: ResponseStatus;
  readonly output: readonly JsonObject[];
  readonly usage: Usage | undefined;
  /** Of an incomplete response; undefined = none fits. */
  readonly reason?: 'max_output_tokens' | 'content_filter' | undefined;
  readonly error?: { readonly code: string; readonly message: string } | undefined;
}

/** What a request may set has its neutral value: the request is not at hand. */
export function responseObject(state: ResponseState, { model, createdAt }: RequestFacts): JsonObject {
  const { id, status, output, usage, reason, error = null } = state;
  return defined({
    id,
    object: 'response',
    created_at: createdAt,
    status,
    background: false,
    access_programs: null,
    error,
    incomplete_details: status === 'incomplete' ? defined({ reason }) : null,
    instructions: null,
    max_output_tokens: null,
    max_tool_calls: null,
    metadata: {},
    model,
    output,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    service_tier: null,
    temperature: null,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: null,
    truncation: 'disabled',
    usage: usage && writeUsage(usage),
  });
}
