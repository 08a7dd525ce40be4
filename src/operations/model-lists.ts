/** The paths that list models. */

/** Each lists the models, and gives the one whose id follows it. */
export const modelListPaths = ['/v1/models', '/v1beta/models', '/v1beta/openai/models'] as const;
