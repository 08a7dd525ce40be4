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
    'moderations',
    'organization',
    'organizations',
    'projects',
    'safety',
    'realtime',
    'rerank',
  ],
  ...[
    'sessions',
    'skills',
    'threads',
    'tunnels',
    'uploads',
    'user_profiles',
    'vaults',
    'vector_stores',
    'videos',
  ],
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
  /^\/v1\/images\/(?:edits|variations)$/,
  /^\/v1\/responses\/[^/]+/,
  /^\/v1\/chat\/completions\/[^/]+/,
  /^\/v1\/messages\/batches(?:\/|$)/,
  new RegExp(`^(?:/upload)?/v1(?:alpha|beta)?/(?:${googleResources.join('|')})(?:[/:]|$)`),
  /^\/v1(?:alpha|beta)?\/models\/[^/]+:[a-zA-Z]+$/,
  /^\/v1beta\/openai\/(?:audio|batches|files|images|videos)(?:\/|$)/,
];

export function isKnownElsewhere(path: string): boolean {
  return known.some((pattern) => pattern.test(path));
}
