/** Submits a video job with one of the account's keys. */
import { readOutput } from '../../features/model-request/read-output.ts';
import { startRequest } from '../../features/model-request/send-request.ts';
import type { VideoFields } from '../../features/snippets/video-snippets.ts';

export interface VideoRequest {
  readonly keyId: number;
  readonly fields: VideoFields;
  /** The first picture of the video. */
  readonly picture: File | undefined;
}

/** A submit that made no job. */
export class SubmitError extends Error {
  /** HTTP status; 0 = the gateway could not be reached. */
  readonly status: number;
  /** What the gateway or the upstream says: foreign text. '' = nothing. */
  readonly text: string;

  constructor(status: number, text: string, options?: ErrorOptions) {
    super(text, options);
    this.status = status;
    this.text = text;
  }
}

/**
 * @returns the id of the job
 * @throws SubmitError
 */
export async function submitVideo({ keyId, fields, picture }: VideoRequest): Promise<string> {
  const { signal } = new AbortController();
  const body = picture ? formOf(fields, picture) : { ...fields };
  const started = await startRequest({ keyId, path: '/v1/videos', body, signal }).catch((cause) => {
    throw new SubmitError(0, '', { cause });
  });
  const { response, head, error } = started;
  if (error !== undefined) throw new SubmitError(head.status, errorText(error));
  const { id } = (await response.json()) as { id?: unknown };
  if (typeof id !== 'string') throw new SubmitError(head.status, '');
  return id;
}

function formOf(fields: VideoFields, picture: File): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('input_reference', picture);
  return form;
}

function errorText(error: unknown): string {
  return readOutput('openai', error).error ?? (typeof error === 'string' ? error : JSON.stringify(error));
}
