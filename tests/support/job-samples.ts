/**
 * What upstreams of each vendor of jobs answer: the words of section by section of their documents, written out here once
 * more so that a table in the code cannot confirm itself.
 */
type Body = Readonly<Record<string, unknown>>;

export interface VendorSample {
  /** An answer to a submit that was accepted. */
  readonly accepted: Body;
  /** The id in it. */
  readonly id: string;
  readonly running: readonly string[];
  readonly succeeded: readonly string[];
  readonly failed: readonly string[];
  /** An answer to a fetch, with a result. @param word undefined = it has none */
  fetched(word: unknown): Body;
  /** URLs of the results in it; a file stands as its id. */
  readonly results: readonly string[];
  /** Answers with status 200 that accepted nothing. */
  readonly refusals: readonly Body[];
}

const gatewayWords = {
  running: ['NOT_START', 'SUBMITTED', 'QUEUED', 'IN_PROGRESS'],
  succeeded: ['SUCCESS'],
  failed: ['FAILURE'],
};

export const vendorSamples: Readonly<Record<string, VendorSample>> = {
  videos: {
    accepted: { id: 'video_up', object: 'video', status: 'queued', progress: 0 },
    id: 'video_up',
    running: ['queued', 'in_progress'],
    succeeded: ['completed'],
    failed: ['failed', 'error'],
    fetched: (status) => ({
      id: 'video_up',
      object: 'video',
      status,
      video_url: 'https://cdn.example/v.mp4',
    }),
    results: ['https://cdn.example/v.mp4'],
    refusals: [{ error: { code: 'bad_prompt', message: 'no' } }],
  },
  suno: {
    accepted: { code: 'success', message: '', data: '736a6f88-bd29-4b1e-b110-37132a5325ac' },
    id: '736a6f88-bd29-4b1e-b110-37132a5325ac',
    ...gatewayWords,
    fetched: (status) => ({
      code: 'success',
      message: '',
      data: {
        task_id: '736a6f88-bd29-4b1e-b110-37132a5325ac',
        action: 'MUSIC',
        status,
        fail_reason: '',
        submit_time: 1716191749,
        progress: '50%',
        data: [
          { id: 'clip-1', audio_url: 'https://cdn.example/1.mp3', image_url: 'https://cdn.example/1.png' },
          { id: 'clip-2', audio_url: 'https://cdn.example/2.mp3', video_url: '' },
        ],
      },
    }),
    results: ['https://cdn.example/1.mp3', 'https://cdn.example/1.png', 'https://cdn.example/2.mp3'],
    refusals: [
      { code: 'invalid_request', message: 'no prompt', data: null },
      { code: 'quota_not_enough', message: 'x', data: null },
    ],
  },
  kling: {
    accepted: {
      code: 0,
      message: 'SUCCEED',
      request_id: 'r',
      data: { task_id: '8612', task_status: 'submitted' },
    },
    id: '8612',
    running: ['submitted', 'processing'],
    succeeded: ['succeed'],
    failed: ['failed'],
    fetched: (task_status) => ({
      code: 0,
      message: 'SUCCEED',
      request_id: 'r',
      data: {
        task_id: '8612',
        task_status,
        task_status_msg: '',
        created_at: 1722769557708,
        task_result: { videos: [{ id: 'v', url: 'https://cdn.example/k.mp4', duration: '5.1' }] },
      },
    }),
    results: ['https://cdn.example/k.mp4'],
    refusals: [
      { code: 1102, message: 'Account balance not enough', request_id: 'r' },
      { code: 1301, message: 'risk', request_id: 'r', data: { task_id: '' } },
      { code: 1302, message: 'too fast', request_id: 'r' },
    ],
  },
  midjourney: {
    accepted: { code: 1, description: '提交成功', result: '1320098173412546', properties: {} },
    id: '1320098173412546',
    running: ['NOT_START', 'SUBMITTED', 'MODAL', 'IN_PROGRESS'],
    succeeded: ['SUCCESS'],
    failed: ['FAILURE'],
    fetched: (status) => ({
      id: '1320098173412546',
      action: 'IMAGINE',
      status,
      progress: '50%',
      prompt: 'a cat',
      submitTime: 1689231405854,
      failReason: '',
      imageUrl: 'https://cdn.example/mj.png',
      buttons: [{ customId: 'MJ::JOB::upsample::1::x', label: 'U1' }],
    }),
    results: ['https://cdn.example/mj.png'],
    refusals: [
      { code: 4, description: 'error', result: '' },
      { code: 23, description: '队列已满' },
      { code: 24, description: 'banned', properties: { bannedWord: 'x' } },
      { code: 3, description: 'no instance' },
    ],
  },
  runway: {
    accepted: { id: 'rw-17f2' },
    id: 'rw-17f2',
    running: ['PENDING', 'THROTTLED', 'RUNNING'],
    succeeded: ['SUCCEEDED'],
    failed: ['FAILED', 'CANCELLED'],
    fetched: (status) => ({
      id: 'rw-17f2',
      status,
      progress: 0.5,
      createdAt: '2026-11-28T00:00:00Z',
      output: ['https://cdn.example/r.mp4'],
    }),
    results: ['https://cdn.example/r.mp4'],
    refusals: [{ error: 'Not enough credits' }, { code: 'fail_to_fetch_task', message: 'no', data: null }],
  },
  replicate: {
    accepted: {
      id: 'gm3qorzdhgbfurvjtvhg6dckhu',
      model: 'o/n',
      status: 'starting',
      input: {},
      urls: {
        get: 'https://api.replicate.com/v1/predictions/gm3qorzdhgbfurvjtvhg6dckhu',
        cancel: 'https://api.replicate.com/v1/predictions/gm3qorzdhgbfurvjtvhg6dckhu/cancel',
        stream: 'https://stream.replicate.com/gm3qorzdhgbfurvjtvhg6dckhu',
      },
    },
    id: 'gm3qorzdhgbfurvjtvhg6dckhu',
    running: ['starting', 'processing'],
    succeeded: ['succeeded'],
    failed: ['failed', 'canceled'],
    fetched: (status) => ({
      id: 'gm3qorzdhgbfurvjtvhg6dckhu',
      status,
      error: null,
      output: ['https://cdn.example/0.webp', 'https://cdn.example/1.webp'],
      metrics: { predict_time: 1.2 },
      urls: { get: 'https://api.replicate.com/v1/predictions/gm3qorzdhgbfurvjtvhg6dckhu' },
    }),
    results: ['https://cdn.example/0.webp', 'https://cdn.example/1.webp'],
    refusals: [{ title: 'Input validation failed', detail: 'prompt is required', status: 422 }],
  },
  flux: {
    accepted: { id: 'flux-9', polling_url: 'https://api.eu.bfl.ai/v1/get_result?id=flux-9' },
    id: 'flux-9',
    running: ['Pending'],
    succeeded: ['Ready'],
    failed: ['Request Moderated', 'Content Moderated', 'Error', 'Failed'],
    fetched: (status) => ({
      id: 'flux-9',
      status,
      progress: 0.5,
      result: { sample: 'https://cdn.example/f.jpeg', prompt: 'x' },
    }),
    results: ['https://cdn.example/f.jpeg'],
    refusals: [{ detail: 'Invalid model' }],
  },
  bria: {
    accepted: { request_id: 'bria-1', status_url: 'https://engine.prod.bria-api.com/v2/status/bria-1' },
    id: 'bria-1',
    running: ['IN_PROGRESS'],
    succeeded: ['COMPLETED'],
    failed: ['ERROR', 'UNKNOWN'],
    fetched: (status) => ({
      request_id: 'bria-1',
      status,
      result: { image_url: 'https://cdn.example/b.png' },
    }),
    results: ['https://cdn.example/b.png'],
    refusals: [{ error: { code: 1422, message: 'no image' }, request_id: 'bria-2' }],
  },
  'xai-video': {
    accepted: { request_id: 'xai-5' },
    id: 'xai-5',
    running: ['queued', 'processing'],
    succeeded: ['done'],
    failed: ['failed', 'expired'],
    fetched: (status) => ({
      request_id: 'xai-5',
      status,
      video: { url: 'https://cdn.example/x.mp4', duration: 8 },
      usage: { cost_in_usd_ticks: 500000000 },
    }),
    results: ['https://cdn.example/x.mp4'],
    refusals: [{ code: 'invalid-argument', error: 'no prompt' }],
  },
  seedance: {
    accepted: { id: 'cgt-2026-1' },
    id: 'cgt-2026-1',
    running: ['queued', 'running'],
    succeeded: ['succeeded'],
    failed: ['failed', 'expired', 'cancelled'],
    fetched: (status) => ({
      id: 'cgt-2026-1',
      model: 'seedance-1-0-lite',
      status,
      content: { video_url: 'https://cdn.example/s.mp4' },
      usage: { completion_tokens: 108900, total_tokens: 108900 },
      resolution: '720p',
      duration: 5,
      framespersecond: 24,
    }),
    results: ['https://cdn.example/s.mp4'],
    refusals: [{ error: { code: 'InvalidParameter', message: 'no' } }],
  },
  minimax: {
    accepted: { task_id: '106916112212032', base_resp: { status_code: 0, status_msg: 'success' } },
    id: '106916112212032',
    running: ['Preparing', 'Queueing', 'Processing'],
    succeeded: ['Success'],
    failed: ['Fail'],
    fetched: (status) => ({
      task_id: '106916112212032',
      status,
      file_id: '205258526306433',
      base_resp: { status_code: 0, status_msg: 'success' },
    }),
    results: ['205258526306433'],
    refusals: [
      { task_id: '', base_resp: { status_code: 1026, status_msg: 'new_sensitive' } },
      { task_id: '', base_resp: { status_code: 1008, status_msg: 'insufficient balance' } },
    ],
  },
};
