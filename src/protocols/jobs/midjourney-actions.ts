/** What clients submit to Midjourney, with a model for each action as its gateways name them: `mj_imagine`. Pure. */
import { noPieces } from '../../domain/usage.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { JsonObject } from '../protocol.ts';
import { bodySchema, missing, requireOneOf, textOf } from './request-parts.ts';
import type { JobAction, JobRequest, JobVendor } from './vendor.ts';

/** The first segment of paths that choose a speed, and what it adds to the names of models. */
const modes: ReadonlyMap<string, string> = new Map([
  ['mj-fast', 'fast_'],
  ['mj-relax', 'relax_'],
  ['mj-turbo', 'turbo_'],
]);

/** @returns undefined = the path names no speed that there is */
const modeOf = ({ params }: JobRequest) => (params.mode === undefined ? '' : modes.get(params.mode));

/** What a button does, by what its `customId` says: `MJ::JOB::upsample::2::…`, `MJ::Outpaint::50::…`. First match. */
const buttons: readonly (readonly [RegExp, string])[] = [
  [/^MJ::JOB::upsample/, 'upscale'],
  [/^MJ::JOB::high_variation/, 'high_variation'],
  [/^MJ::JOB::low_variation/, 'low_variation'],
  [/^MJ::JOB::variation/, 'variation'],
  [/^MJ::JOB::reroll/, 'reroll'],
  [/^MJ::JOB::pan_/, 'pan'],
  [/^MJ::JOB::(?:video|animate)/, 'video'],
  [/^MJ::Outpaint/, 'zoom'],
  [/^MJ::CustomZoom/, 'custom_zoom'],
  [/^MJ::Inpaint/, 'inpaint'],
];

/** Buttons that are not in the table have a price of their own: none is taken for a cheaper one. */
const buttonOf = ({ customId }: JsonObject) =>
  buttons.find(([pattern]) => pattern.test(textOf(customId) ?? ''))?.[1] ?? 'action';

/** `UPSCALE`, `VARIATION`, `REROLL`. */
const changeOf = ({ action }: JsonObject) =>
  ['upscale', 'variation', 'reroll'].find((name) => name === textOf(action)?.toLowerCase()) ?? 'action';

/** An id, and what is done with it: `1320098173412546 U2`. */
const simple = /^\s*(\S+)\s+([UVR])([1-4]?)\s*$/i;
const simpleNames: Readonly<Record<string, string>> = { u: 'upscale', v: 'variation', r: 'reroll' };

function simpleOf({ content }: JsonObject): string {
  const [, , letter = ''] = simple.exec(textOf(content)?.slice(0, 600) ?? '') ?? [];
  return simpleNames[letter.toLowerCase()] ?? 'action';
}

interface Kind {
  readonly name: string;
  readonly summary: string;
  /** One of them must be there. */
  readonly needs: readonly [string, ...string[]];
  /** What it is priced as, without its speed. Default: the name. */
  readonly priced?: (body: JsonObject) => string;
  /** Whether `taskId` names a job that it continues: always, or where it is there. */
  readonly continues?: 'always' | 'maybe';
  readonly path?: string;
}

const kinds: readonly [Kind, ...Kind[]] = [
  { name: 'imagine', summary: 'Create images', needs: ['prompt'] },
  {
    name: 'action',
    summary: 'Use a button of a job',
    needs: ['customId'],
    priced: buttonOf,
    continues: 'always',
  },
  { name: 'blend', summary: 'Blend pictures', needs: ['base64Array'] },
  { name: 'describe', summary: 'Describe a picture', needs: ['base64', 'imageUrl', 'link'] },
  {
    name: 'modal',
    summary: 'Continue a job that waits for text or a mask',
    needs: ['taskId'],
    continues: 'always',
  },
  { name: 'edits', summary: 'Edit a picture', needs: ['prompt'] },
  {
    name: 'video',
    summary: 'Create a video from an image',
    needs: ['image', 'taskId', 'prompt'],
    continues: 'maybe',
  },
  { name: 'change', summary: 'Change a job', needs: ['action'], priced: changeOf, continues: 'always' },
  { name: 'shorten', summary: 'Shorten a prompt', needs: ['prompt'] },
  {
    name: 'swap',
    summary: 'Swap a face into an image',
    needs: ['sourceBase64'],
    priced: () => 'swap_face',
    path: '/insight-face/swap',
  },
];

const schema = bodySchema([], {
  prompt: 'What to show.',
  base64Array: 'Images as data URLs.',
  taskId: 'Your job that this one continues.',
  customId: 'Of a button of that job.',
  action: 'What is done with that job: `UPSCALE`, `VARIATION`, `REROLL`.',
  notifyHook: 'A URL to call when the job has ended.',
});

/** The speed stands within the name, but faces have none. */
const modelName = (mode: string, action: string) => (action === 'swap_face' ? action : `mj_${mode}${action}`);

function checkMode(request: JobRequest): void {
  if (modeOf(request) === undefined) throw new HalleyError('path_not_found');
}

function upstreamPath({ params }: JobRequest, path: string): string {
  return `${params.mode === undefined ? '' : `/${params.mode}`}/mj${path}`;
}

const actionOf = ({
  name,
  summary,
  needs,
  priced,
  continues,
  path = `/submit/${name}`,
}: Kind): JobAction => ({
  name,
  paths: [`/mj${path}`, `/{mode}/mj${path}`],
  summary,
  schema,
  modelOf: (request) => modelName(modeOf(request) ?? '', priced?.(request.body) ?? name),
  check(request) {
    checkMode(request);
    requireOneOf(request.body, ...needs);
    if (continues === 'always') requireOneOf(request.body, 'taskId');
  },
  bound: () => ({ pieces: noPieces, variant: '' }),
  ...(continues && { originOf: ({ body }) => textOf(body.taskId) }),
  callbackField: 'notifyHook',
  submit: (request, { callback, originId }) => ({
    path: upstreamPath(request, path),
    set: { notifyHook: callback, ...(continues && { taskId: originId }) },
  }),
});

/** Changes by a line of text. */
const simpleChange: JobAction = {
  name: 'simple-change',
  paths: ['/mj/submit/simple-change', '/{mode}/mj/submit/simple-change'],
  summary: 'Change a job by a line of text',
  schema: bodySchema(['content'], {
    content: 'The id of your job and what to do with it: `job_… U2`.',
    notifyHook: 'A URL to call when the job has ended.',
  }),
  modelOf: (request) => modelName(modeOf(request) ?? '', simpleOf(request.body)),
  check(request) {
    checkMode(request);
    if (simpleOf(request.body) === 'action') throw missing('content');
  },
  bound: () => ({ pieces: noPieces, variant: '' }),
  originOf: ({ body }) => simple.exec(textOf(body.content)?.slice(0, 600) ?? '')?.[1],
  callbackField: 'notifyHook',
  submit(request, { callback, originId = '' }) {
    const [, , letter = '', index = ''] =
      simple.exec(textOf(request.body.content)?.slice(0, 600) ?? '') ?? [];
    return {
      path: upstreamPath(request, '/submit/simple-change'),
      set: { notifyHook: callback, content: `${originId} ${letter}${index}` },
    };
  },
};

const [first, ...others] = kinds;

export const mjActions: JobVendor['actions'] = [actionOf(first), ...others.map(actionOf), simpleChange];
