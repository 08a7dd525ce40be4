/** Writes the document of the vendors of jobs from what routes, prices and reads their jobs. */
import type { JobAction, JobVendor } from '../src/protocols/jobs/vendor.ts';
import { jobVendors } from '../src/protocols/jobs/vendors.ts';

/** What the tables do not say, by the name of the vendor. */
const notes: Readonly<Record<string, string>> = {
  videos: 'See [jobs.md](jobs.md).',
  suno: `A request has one price and yields two clips. \`continue_clip_id\` needs \`task_id\`, the id of your job that made the
clip. Halley sends the continuation to the channel of that job.`,
  kling: `\`model_name\` is the model where Kling offers a choice. Effects, lip sync and sounds have model names of their own.

Videos are charged by \`per_video_second\`. The \`mode\` is a price variant: \`std\`, \`pro\`, or \`pro/sound\` with sound. The
default is \`std\`, and \`pro\` for omni-video. Images are charged by \`per_image\` for each delivered image; the resolution is
a price variant. Video extensions, avatars and lists are not supported.`,
  midjourney: `\`mj_imagine\` is charged by \`per_request\`. With \`/mj-fast\`, \`/mj-relax\` or \`/mj-turbo\` as \`{mode}\` in front of
the path, the model is \`mj_fast_imagine\` and so on. Each button has a model name for its action: \`mj_upscale\`, \`mj_variation\`, \`mj_high_variation\`,
\`mj_low_variation\`, \`mj_reroll\`, \`mj_pan\`, \`mj_zoom\`, \`mj_custom_zoom\`, \`mj_inpaint\`, \`mj_video\`, and \`mj_action\` for a
button that Halley does not know.

Responses with code 1 and 22 are charged. Responses with code 21 are free: either the job waits for text or a mask, which
\`modal\` sends as a job of its own, or the job existed before. An image under \`/mj/image/\` needs the key that owns the
job. Image seeds and uploads to Discord are not supported.`,
  runway: `\`model\` is required. Videos are charged by \`per_video_second\` (default: 10 seconds; 5 for a video from a video),
images by \`per_image\`. The ratio is a price variant. Halley forwards \`X-Runway-Version\`. The paths under \`/runway/\` are
not supported.`,
  replicate: `The model is the owner and name in the path, or the version in the body. \`per_image\` charges each generated image,
\`per_video_second\` the seconds of \`input.duration\` (default: 10), and \`per_request\` the request. Prediction streams,
\`Prefer: wait\`, files, trainings and deployments are not supported.`,
  flux: `The model is in the path. Width and height, or the ratio, are a price variant: \`1024x768\`, \`16:9\`. Halley removes \`webhook_secret\`.`,
  bria: `The edit is the model: \`bria/erase\`. An edit whose result is in the response is charged at once. Image generation from
text, which always responds with the result, is not supported.`,
  'xai-video': `Charged by the seconds in the upstream's response, otherwise by those of the request (default: 8, and 15 for an edit).
The resolution is a price variant.`,
  seedance: `Parameters may be in the text (\`--dur 5 --rs 720p\`) or in fields. When both set one, Halley reserves the more expensive
value; the upstream's response then tells the actual length. Videos are charged by the second, with the resolution as a
price variant. Tokens that the vendor reports are not charged. Only a queued job can be cancelled.`,
  minimax: `\`file_id\` is the id of the job. Charged by \`per_video_second\` (default: 6 seconds), with the resolution as a price variant.`,
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
  return `| action | \`POST\` | model, if the body names none | callback field |
|---|---|---|---|
${rows.join('\n')}`;
}

function callsTable({ calls }: JobVendor): string {
  const rows = calls.map(
    ({ summary, method, paths }) => `| ${summary} | ${codes(paths.map((path) => `${method} ${path}`))} |`,
  );
  return `| action | call |
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

- Succeeded: ${codes(statuses.succeeded)}. Failed: ${codes(statuses.failed)}. With any other status, or none, the job is running.
- Halley polls a job after ${pace.firstMs / 1000} seconds, then at most every ${pace.mostMs / 1000} seconds. A job that has not ended after ${pace.deadlineMs / 3_600_000} hours is free.
- ${cancel ? 'A running job is cancelled at the upstream when its key is deleted.' : 'A running job cannot be cancelled at the upstream.'}
`;
}

/** The whole document. */
export function jobVendorsMarkdown(): string {
  return `# Vendors of jobs

<!-- Generated from src/protocols/jobs by \`npm run docs\`. Change it there, or the notes in docs/job-vendors.ts. -->

Halley serves the jobs of these vendors with the paths, fields and status words of CometAPI. [jobs.md](jobs.md) describes
what all vendors have in common.

- **Channel.** The upstream of a channel is a gateway that has these paths, such as CometAPI. The channel has its base URL
  with or without \`/v1\`, the protocol \`openai\`, and the models of the tables. Halley sends the upstream key as
  \`Authorization: Bearer\`. The vendors' own hosts have other paths.
- **Ids.** Halley replaces the vendor's job id by its own everywhere in a response. Ids of parts of a result, such as a Suno
  clip or a Kling video, remain those of the vendor.
- **Errors** have the vendor's format.
- **Callbacks.** The callback field of the tables works like \`callback_url\` ([callbacks](jobs.md#callbacks)).
- **Prices.** [prices.md](prices.md#sizes-and-qualities) explains price variants. Halley refuses a model whose price has no
  rate for the output of the job (\`model_not_priced\`).
- **Bodies.** Images may be in the body as Base64; without them, the body may have at most 1 MiB. Some upstreams also read a
  field in another letter case (\`Duration\`). Halley refuses such a spelling of a field that affects the charge
  (\`invalid_body\`).

${jobVendors.map(vendorText).join('\n')}`;
}
