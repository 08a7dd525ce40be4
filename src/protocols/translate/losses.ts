/** Collects what a translation drops, and refuses what it must not drop. */
import type { TranslationPolicy } from '../../domain/channel-options.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { ClientFormName, FormName } from './form/request.ts';

/** Names of protocols as people write them. */
export const formTitles: Readonly<Record<ClientFormName, string>> = {
  completions: 'OpenAI Completions (legacy)',
  chat: 'OpenAI Chat Completions',
  responses: 'OpenAI Responses',
  messages: 'Anthropic Messages',
  gemini: 'Gemini generateContent',
};

export class Losses {
  readonly #policy: TranslationPolicy;
  readonly #target: FormName;
  readonly #dropped = new Set<string>();

  constructor(policy: TranslationPolicy, target: FormName) {
    this.#policy = policy;
    this.#target = target;
  }

  /** Fields that were dropped or changed, each once, in the order found. Goes to a header and to the log. */
  get dropped(): readonly string[] {
    return [...this.#dropped];
  }

  /** For what only tunes. @param field as the client wrote it, such as `seed` or `messages[].name` */
  drop(field: string): void {
    this.#dropped.add(field);
  }

  /**
   * For what changes the meaning.
   * @param advice what the client may do; a sentence
   * @throws HalleyError('invalid_body') unless the policy is lenient
   */
  refuse(field: string, advice = 'Leave it out, or use a model of another provider.'): void {
    if (this.#policy === 'strict') throw this.impossible(field, advice);
    this.drop(field);
  }

  /** The error for what cannot be expressed whatever the policy is. */
  impossible(field: string, advice: string): HalleyError {
    const message = `"${field}" cannot be sent to ${formTitles[this.#target]}, over which this model is served. ${advice}`;
    return new HalleyError('invalid_body', { message, param: field });
  }
}
