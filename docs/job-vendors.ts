/** Writes the document of the vendors of jobs from what routes, prices and reads their jobs. */
import type { JobAction, JobVendor } from '../src/protocols/jobs/vendor.ts';
import { jobVendors } from '../src/protocols/jobs/vendors.ts';

/** What the tables do not say, by the name of the vendor. */
const notes: Readonly<Record<string, string>> = {
  videos: 'See [jobs.md](jobs.md).',
  suno: `One price for a request, which yields two clips. \`continue_clip_id\` needs \`task_id\`, your job that made the clip: the
continuation goes to its channel.`,
  kling: `\`model_name\` is the model, where Kling has a choice. Videos are charged by \`per_video_second\`; \`mode\` is a variant
(\`std\`, \`pro\`, with sound \`pro/sound\`; where the body names none, \`std\`, and \`pro\` for omni-video). Pictures are charged by \`per_image\`, as many as were delivered; the resolution is a
variant. Effects, lips and sounds have names of their own. Extensions of videos, avatars and lists are
not offered.`,
  midjourney: `\`mj_imagine\` costs what its price says for a request. With \`/mj-fast\`, \`/mj-relax\` or \`/mj-turbo\` as \`{mode}\` in front of
the path, the model is \`mj_fast_imagine\` and so on. A button is priced by what it does: \`mj_upscale\`, \`mj_variation\`, \`mj_high_variation\`,
\`mj_low_variation\`, \`mj_reroll\`, \`mj_pan\`, \`mj_zoom\`, \`mj_custom_zoom\`, \`mj_inpaint\`, \`mj_video\`, and \`mj_action\` where Halley does not know
the button. Answers with code 1 and 22 are charged. Those with 21 are free: the job waits for words or a mask, which \`modal\` sends as a
job of its own, or it was there before. A picture on \`/mj/image/\` needs the owner's key. Seeds of pictures
and uploads to Discord are not offered.`,
  runway: `\`model\` is required. Videos are charged by \`per_video_second\` (10 seconds where the body names none; 5 for a video from a video),
pictures by \`per_image\`. The ratio is a variant. \`X-Runway-Version\` goes on to the upstream. The paths under \`/runway/\` are not
offered.`,
  replicate: `The model is the owner and the name in the path, or the version in the body. \`per_image\` charges the pictures that were made,
\`per_video_second\` the seconds of \`input.duration\` (10 where it is missing), \`per_request\` the request. Streams of predictions,
\`Prefer: wait\`, files, trainings and deployments are not offered.`,
  flux: `The model is in the path. Width and height, or the ratio, are a variant: \`1024x768\`, \`16:9\`. \`webhook_secret\` is left out.`,
  bria: `The edit is the model: \`bria/erase\`. An edit that is answered at once is charged at once. Making a picture from text, which is
always answered at once, is not offered.`,
  'xai-video': `Charged by the seconds that the answer names, otherwise by those of the request (8, and 15 for an edit). The resolution is a
variant.`,
  seedance: `Parameters may stand in the text (\`--dur 5 --rs 720p\`) or beside it. Where both name one, the more expensive is reserved; the
answer says how long the video has become. Charged by the second, with the resolution as a variant; tokens that the vendor reports
are not charged. Only a job that is still queued can be cancelled.`,
  minimax: `\`file_id\` is the id of the job. Charged by \`per_video_second\` (6 where the body names none), with the resolution as a variant.`,
};

const code = (text: string) => `\`${text}\``;
const codes = (list: readonly string[]) => list.map(code).join(', ');

/** Segments in braces stand for themselves. */
function modelOf(action: JobAction): string {
  const names = action.paths.flatMap((path) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name));
  const params = names.filter((name) => name !== 'mode').map((name) => [name, `{${name}}`]);
  const model = action.modelOf({ params: Object.fromEntries(params), query: '', body: {} });
  if (model !== undefined) return code(model);
  return action.originOf ? 'that of the job' : 'as the body says';
}

function actionsTable({ actions }: JobVendor): string {
  const rows = actions.map((action) => {
    const callback = action.callbackField === undefined ? '' : code(action.callbackField);
    return `| ${action.summary} | ${codes(action.paths)} | ${modelOf(action)} | ${callback} |`;
  });
  return `| what | \`POST\` | model, if the body names none | field of the callback |
|---|---|---|---|
${rows.join('\n')}`;
}

function callsTable({ calls }: JobVendor): string {
  const rows = calls.map(
    ({ summary, method, paths }) => `| ${summary} | ${codes(paths.map((path) => `${method} ${path}`))} |`,
  );
  return `| what | call |
|---|---|
${rows.join('\n')}`;
}

function vendorText(vendor: JobVendor): string {
  const { title, statuses, pace, cancel } = vendor;
  const note = notes[vendor.name];
  if (note === undefined)
    throw new Error(`docs/job-vendors.ts says nothing about ${vendor.name}. Add a note.`);
  return `## ${title}

${note}

${actionsTable(vendor)}

${callsTable(vendor)}

- Succeeded: ${codes(statuses.succeeded)}. Failed: ${codes(statuses.failed)}. Every other word, and none, means that it runs.
- Asked after ${pace.firstMs / 1000} seconds, then at most every ${pace.mostMs / 1000}. What has not ended after ${pace.deadlineMs / 3_600_000} hours is free.
- ${cancel ? 'A running job is cancelled at the upstream when its key is deleted.' : 'A running job cannot be cancelled at the upstream.'}
`;
}

/** The whole document. */
export function jobVendorsMarkdown(): string {
  return `# Vendors of jobs

<!-- Generated from src/protocols/jobs by \`npm run docs\`. Change it there, or the notes in docs/job-vendors.ts. -->

The vendors whose jobs Halley serves, with paths, fields and words of CometAPI. [jobs.md](jobs.md) says what holds for all of them.

- A channel is a gateway that has these paths, such as CometAPI: its base URL with or without \`/v1\`, protocol \`openai\`, and the models
  of the tables. Halley sends its key as \`Authorization: Bearer\`. The vendors' own hosts have other paths.
- Clients get Halley's id in every place where the vendor's answer has its own, and errors in the vendor's shape.
- The field of the callback works as \`callback_url\` does ([callbacks](jobs.md#callbacks)).
- What a variant is, [prices.md](prices.md#sizes-and-qualities) says. A model whose price has nothing for what a job makes is refused
  (\`model_not_priced\`).
- Pictures may stand in the body in Base64; besides them it has at most 1 MiB. A field that counts is refused in another letter case
  (\`Duration\`), which some upstreams read as well (\`invalid_body\`).
- Ids of parts of a result, such as a clip of Suno or a video of Kling, are those of the vendor.

${jobVendors.map(vendorText).join('\n')}`;
}
