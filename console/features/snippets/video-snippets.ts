/** Code that makes a video through this gateway, waits for it and saves it. Pure. */
import type { RequestLanguage, Target } from './snippets.ts';

/** The fields of a video in OpenAI's shape. */
export type VideoFields = {
  readonly model: string;
  readonly prompt: string;
  readonly seconds: string;
  readonly size: string;
};

/** For a shell: nothing in it is expanded. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

export function videoSnippet(
  language: RequestLanguage,
  fields: VideoFields,
  { address, key }: Target,
): string {
  switch (language) {
    case 'curl':
      return [
        `curl ${quoted(`${address}/v1/videos`)} \\`,
        `  -H ${quoted(`Authorization: Bearer ${key}`)} \\`,
        `  -H 'Content-Type: application/json' \\`,
        `  -d ${quoted(JSON.stringify(fields, null, 2))}`,
        '',
        '# Ask with the id of the answer until "status" is "completed", then fetch the bytes.',
        `curl ${quoted(`${address}/v1/videos/ID`)} -H ${quoted(`Authorization: Bearer ${key}`)}`,
        `curl -o video.mp4 ${quoted(`${address}/v1/videos/ID/content`)} -H ${quoted(`Authorization: Bearer ${key}`)}`,
      ].join('\n');
    case 'python':
      return [
        'from openai import OpenAI',
        '',
        `client = OpenAI(base_url=${JSON.stringify(`${address}/v1`)}, api_key=${JSON.stringify(key)})`,
        'video = client.videos.create_and_poll(',
        ...Object.entries(fields).map(([name, value]) => `    ${name}=${JSON.stringify(value)},`),
        ')',
        'if video.status == "completed":',
        '    client.videos.download_content(video.id).write_to_file("video.mp4")',
        'else:',
        '    print(video.error)',
      ].join('\n');
    case 'typescript':
      return [
        "import { writeFile } from 'node:fs/promises';",
        "import OpenAI from 'openai';",
        '',
        `const client = new OpenAI({ baseURL: ${JSON.stringify(`${address}/v1`)}, apiKey: ${JSON.stringify(key)} });`,
        `let video = await client.videos.create(${JSON.stringify(fields, null, 2)});`,
        "while (video.status === 'queued' || video.status === 'in_progress') {",
        '  await new Promise((resolve) => setTimeout(resolve, 5000));',
        '  video = await client.videos.retrieve(video.id);',
        '}',
        "if (video.status === 'completed') {",
        '  const content = await client.videos.downloadContent(video.id);',
        "  await writeFile('video.mp4', Buffer.from(await content.arrayBuffer()));",
        '} else {',
        '  console.error(video.error);',
        '}',
      ].join('\n');
  }
}
