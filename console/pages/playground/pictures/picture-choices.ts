/** What a request for pictures can choose. The address holds it, so this file is part of the first load. */

export const qualities = ['low', 'medium', 'high', 'xhigh', 'max'] as const;
export const backgrounds = ['opaque', 'transparent'] as const;
export const outputFormats = ['png', 'jpeg', 'webp'] as const;
/** Earlier stages of each picture that a stream may show. */
export const stageCounts = [0, 1, 2, 3] as const;
