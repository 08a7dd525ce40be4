/** What is kept of a job under seal: the upstream's last answer, its results, and the URL that the client wants called. */
import { openSealed, seal } from '../../domain/seal.ts';
import { jobContext } from '../../domain/seal-contexts.ts';
import type { SecretRing } from '../../domain/secret-ring.ts';
import { limits } from '../../platform/limits.ts';
import type { RandomBytes } from '../../platform/random.ts';
import type { JsonObject } from '../../protocols/protocol.ts';
import type { JobRow } from '../../store/job-store.ts';

export interface JobNotes {
  /** Absent = there is none, or it was too long to keep. */
  readonly answer?: JsonObject;
  /** URLs of the upstream, in order. */
  readonly results?: readonly string[];
  readonly callback?: string;
  /** Whether it is to be cancelled at the upstream, which could not be asked yet. */
  readonly isToEnd?: boolean;
}

export interface NotesOptions {
  readonly secrets: SecretRing;
  readonly random: RandomBytes;
}

export function sealNotes({ secrets, random }: NotesOptions, publicId: string, notes: JobNotes): Uint8Array {
  const whole = JSON.stringify(notes);
  const { answer, ...rest } = notes;
  const text = whole.length > limits.job_answer_kept_bytes_max ? JSON.stringify(rest) : whole;
  return seal(secrets, random, text, jobContext(publicId));
}

/** Empty where nothing is kept, or no known secret opens it. */
export function openNotes(
  secrets: SecretRing,
  { publicId, sealed }: Pick<JobRow, 'publicId' | 'sealed'>,
): JobNotes {
  if (!sealed) return {};
  try {
    return JSON.parse(openSealed(secrets, sealed, jobContext(publicId))) as JobNotes;
  } catch {
    return {};
  }
}
