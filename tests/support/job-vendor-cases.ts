/** How a client drives each vendor of jobs: what it submits, where it finds the id and the state, and what that costs. */

export interface VendorCase {
  /** As in `vendorSamples`. */
  readonly vendor: string;
  readonly model: string;
  /** Its rates: 0.001 USD are 500 units. */
  readonly rates: Readonly<Record<string, string>>;
  /** What a job costs that succeeded with the result of the sample. */
  readonly units: number;
  readonly path: string;
  /** @param text what stands somewhere in it, untouched */
  body(text: string): object;
  /** Where the answer to a submit has the id. */
  readonly idAt: readonly string[];
  fetchPath(id: string): string;
  /** Where an answer to a fetch has the word of the state. */
  readonly wordAt: readonly string[];
  /** Words that the answer writes in another way than the upstream. */
  readonly shownAs?: Readonly<Record<string, string>>;
  /** The word in which the upstream can end a job, and that of one that it has ended. Absent = it cannot. */
  readonly cancellable?: { readonly word: string; readonly ended: string };
  /** By which a client ends a job of its own. */
  readonly cancelBy?: (id: string) => readonly [method: string, path: string];
}

const second = { per_video_second: '0.001' };
const picture = { per_image: '0.001' };

export const vendorCases: readonly [VendorCase, ...VendorCase[]] = [
  {
    ...{ vendor: 'videos', model: 'video-model', rates: second, units: 4 * 500, path: '/v1/videos' },
    body: (prompt) => ({ model: 'video-model', prompt, seconds: '4' }),
    fetchPath: (id) => `/v1/videos/${id}`,
    ...{ idAt: ['id'], wordAt: ['status'], shownAs: { error: 'failed' } },
  },
  {
    ...{ vendor: 'suno', model: 'suno_music', rates: { per_request: '0.02' }, units: 20 * 500 },
    path: '/suno/submit/music',
    body: (prompt) => ({ prompt }),
    fetchPath: (id) => `/suno/fetch/${id}`,
    ...{ idAt: ['data'], wordAt: ['data', 'status'] },
  },
  {
    ...{ vendor: 'kling', model: 'kling-v1', rates: second, units: 5 * 500 },
    path: '/kling/v1/videos/text2video',
    body: (prompt) => ({ prompt, duration: '5' }),
    fetchPath: (id) => `/kling/v1/videos/text2video/${id}`,
    ...{ idAt: ['data', 'task_id'], wordAt: ['data', 'task_status'] },
  },
  {
    ...{ vendor: 'midjourney', model: 'mj_imagine', rates: { per_request: '0.01' }, units: 10 * 500 },
    path: '/mj/submit/imagine',
    body: (prompt) => ({ prompt }),
    fetchPath: (id) => `/mj/task/${id}/fetch`,
    ...{ idAt: ['result'], wordAt: ['status'] },
  },
  {
    ...{ vendor: 'runway', model: 'gen4_turbo', rates: second, units: 5 * 500 },
    path: '/runwayml/v1/image_to_video',
    body: (promptText) => ({ model: 'gen4_turbo', promptText, duration: 5, ratio: '1280:720' }),
    fetchPath: (id) => `/runwayml/v1/tasks/${id}`,
    ...{ idAt: ['id'], wordAt: ['status'] },
    cancellable: { word: 'RUNNING', ended: 'CANCELLED' },
    cancelBy: (id) => ['DELETE', `/runwayml/v1/tasks/${id}`],
  },
  {
    // The result has two pictures.
    ...{ vendor: 'replicate', model: 'o/n', rates: picture, units: 2 * 500 },
    path: '/replicate/v1/models/o/n/predictions',
    body: (prompt) => ({ input: { prompt, num_outputs: 4 } }),
    fetchPath: (id) => `/replicate/v1/predictions/${id}`,
    ...{ idAt: ['id'], wordAt: ['status'] },
    cancellable: { word: 'processing', ended: 'canceled' },
    cancelBy: (id) => ['POST', `/replicate/v1/predictions/${id}/cancel`],
  },
  {
    ...{ vendor: 'flux', model: 'flux-pro', rates: picture, units: 500, path: '/flux/v1/flux-pro' },
    body: (prompt) => ({ prompt, width: 1024, height: 768 }),
    fetchPath: (id) => `/flux/v1/get_result?id=${id}`,
    ...{ idAt: ['id'], wordAt: ['status'] },
  },
  {
    ...{ vendor: 'bria', model: 'bria/erase', rates: picture, units: 500, path: '/bria/image/edit/erase' },
    body: (image) => ({ image: `https://pictures.example/${image}.png` }),
    fetchPath: (id) => `/bria/${id}`,
    ...{ idAt: ['request_id'], wordAt: ['status'] },
  },
  {
    ...{ vendor: 'xai-video', model: 'grok-imagine-video', rates: second, units: 8 * 500 },
    path: '/grok/v1/videos/generations',
    body: (prompt) => ({ prompt, duration: 15 }),
    fetchPath: (id) => `/grok/v1/videos/${id}`,
    ...{ idAt: ['request_id'], wordAt: ['status'] },
  },
  {
    ...{ vendor: 'seedance', model: 'seedance-1-0-lite', rates: second, units: 5 * 500 },
    path: '/volc/v3/contents/generations/tasks',
    body: (text) => ({ model: 'seedance-1-0-lite', content: [{ type: 'text', text: `${text} --dur 10` }] }),
    fetchPath: (id) => `/volc/v3/contents/generations/tasks/${id}`,
    ...{ idAt: ['id'], wordAt: ['status'] },
    cancellable: { word: 'queued', ended: 'cancelled' },
    cancelBy: (id) => ['DELETE', `/volc/v3/contents/generations/tasks/${id}`],
  },
  {
    ...{ vendor: 'minimax', model: 'hailuo', rates: second, units: 6 * 500, path: '/v1/video_generation' },
    body: (prompt) => ({ model: 'hailuo', prompt }),
    fetchPath: (id) => `/v1/query/video_generation?task_id=${id}`,
    ...{ idAt: ['task_id'], wordAt: ['status'] },
  },
];
