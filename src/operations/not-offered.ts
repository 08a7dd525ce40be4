/** Endpoints of the providers' APIs that Halley does not serve. A client that calls one has the right base URL. */

/** What follows the version in OpenAI's and Anthropic's paths, as their clients have them. */
const resources = [
  ...[
    'agents',
    'assistants',
    'audio',
    'batches',
    'chatkit',
    'complete',
    'containers',
    'content_provenance_checks',
  ],
  ...[
    'conversations',
    'decisions',
    'deployment_runs',
    'deployments',
    'dreams',
    'environments',
    'evals',
    'files',
  ],
  ...[
    'fine_tuning',
    'live',
    'memory_stores',
    'organization',
    'organizations',
    'projects',
    'safety',
    'realtime',
  ],
  ...['sessions', 'skills', 'threads', 'tunnels', 'uploads', 'user_profiles', 'vaults', 'vector_stores'],
  ...['webhook_endpoints', 'webhook_event_types'],
];
/** The same of Google's. */
const googleResources = [
  ...[
    'auth_tokens',
    'batches',
    'batchPredictionJobs',
    'cachedContents',
    'corpora',
    'fileSearchStores',
    'files',
  ],
  ...['interactions', 'operations', 'tunedModels', 'tuningJobs'],
];

/** Below a resource that Halley serves in part, or with a verb. */
const known: readonly RegExp[] = [
  new RegExp(`^/v1/(?:${resources.join('|')})(?:/|$)`),
  /^\/v1\/images\/variations$/,
  /^\/v1\/videos\/[^/]+/,
  /^\/v1\/responses\/[^/]+/,
  /^\/v1\/chat\/completions\/[^/]+/,
  /^\/v1\/messages\/batches(?:\/|$)/,
  new RegExp(`^(?:/upload)?/v1(?:alpha|beta)?/(?:${googleResources.join('|')})(?:[/:]|$)`),
  /^\/v1(?:alpha|beta)?\/models\/[^/]+:[a-zA-Z]+$/,
  /^\/v1beta\/openai\/(?:batches|files|images|videos)(?:\/|$)/,
];

export function isKnownElsewhere(path: string): boolean {
  return known.some((pattern) => pattern.test(path));
}

/** What to do instead, for what clients look for most. */
const advice: readonly (readonly [path: RegExp, message: string])[] = [
  [
    /^\/v1\/images\/variations$/,
    'Variations of pictures are retired. Send the picture and a prompt to /v1/images/edits.',
  ],
  [
    /^\/v1\/conversations(?:\/|$)/,
    'Conversations are not stored here. Send the earlier turns with each request.',
  ],
  [
    /\/batch(?:es|PredictionJobs)(?:[/:]|$)|:batchGenerateContent$/,
    'Batches are not served here. Send their requests one by one.',
  ],
  [/\/(?:files|uploads)(?:[/:]|$)/, 'Files are not stored here. Send the file inside the request.'],
];

/** A sentence for the error of a path that is known elsewhere; undefined = there is none of its own. */
export function notOfferedMessage(path: string): string | undefined {
  return advice.find(([pattern]) => pattern.test(path))?.[1];
}
