/** Ids of jobs, and the signed path by which an upstream may say that one has changed. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { carrierKeys } from '../../domain/carrier-keys.ts';
import type { SecretRing } from '../../domain/secret-ring.ts';
import type { RandomBytes } from '../../platform/random.ts';

/** 192 random bits. */
export function newJobId(random: RandomBytes): string {
  return `job_${Buffer.from(random(24)).toString('base64url')}`;
}

const signature = (key: string, publicId: string): string =>
  createHmac('sha256', key).update(`job callback\n${publicId}`).digest('base64url');

const path = /^\/v1\/jobs\/(job_[\w-]{32})\/callback\/([\w-]{43})$/;

export function callbackPath(secrets: SecretRing, publicId: string): string {
  return `/v1/jobs/${publicId}/callback/${signature(carrierKeys(secrets)[0], publicId)}`;
}

/** @returns the id of the job; undefined = the path is none, or is not signed by a secret that is known */
export function calledBack(secrets: SecretRing, requested: string): string | undefined {
  const [, publicId, given] = path.exec(requested) ?? [];
  if (publicId === undefined || given === undefined) return undefined;
  const isSigned = carrierKeys(secrets).some((key) =>
    timingSafeEqual(Buffer.from(signature(key, publicId)), Buffer.from(given)),
  );
  return isSigned ? publicId : undefined;
}
