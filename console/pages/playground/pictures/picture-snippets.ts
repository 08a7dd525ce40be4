/** Code that asks this gateway for pictures and keeps them as files, ready to paste. Pure. */
import {
  indented,
  pythonArguments,
  pythonText,
  quoted,
  type RequestLanguage,
  type Target,
} from '../../../features/snippets/snippets.ts';
import {
  editsPath,
  generationsPath,
  inputField,
  type PictureOptions,
  pictureFields,
} from './picture-request.ts';

interface PictureSnippetRequest {
  readonly options: PictureOptions;
  /** Names of the files that are to be edited; none = a generation. */
  readonly inputs: readonly string[];
  readonly hasMask: boolean;
}

const maskName = 'mask.png';
const extensionOf = ({ outputFormat = 'png' }: PictureOptions) =>
  outputFormat === 'jpeg' ? 'jpg' : outputFormat;
const isStream = ({ stages }: PictureOptions) => stages > 0;

export function pictureSnippet(
  language: RequestLanguage,
  request: PictureSnippetRequest,
  target: Target,
): string {
  return writers[language](request, target);
}

const writers = { curl, python, typescript };

function curl({ options, inputs, hasMask }: PictureSnippetRequest, { address, key }: Target): string {
  const isEdit = inputs.length > 0;
  const fields = pictureFields(options);
  // Curl takes what begins with @ or < for the name of a file, with `-F`.
  const parts = Object.entries(fields).map(
    ([name, value]) => `  --form-string ${quoted(`${name}=${value}`)} \\`,
  );
  const file = (name: string, path: string) => `  -F ${quoted(`${name}=@${JSON.stringify(path)}`)} \\`;
  const files = inputs.map((path) => file(inputField(inputs.length), path));
  const body = isEdit
    ? [...parts, ...files, ...(hasMask ? [file('mask', maskName)] : [])]
    : [`  -H 'Content-Type: application/json' \\`, `  -d ${quoted(indented(fields))} \\`];
  return [
    `curl ${isStream(options) ? '-N ' : ''}${quoted(address + (isEdit ? editsPath : generationsPath))} \\`,
    `  -H ${quoted(`Authorization: Bearer ${key}`)} \\`,
    ...body,
    `  -o ${isStream(options) ? 'events.txt' : 'response.json'}`,
  ].join('\n');
}

function python({ options, inputs, hasMask }: PictureSnippetRequest, { address, key }: Target): string {
  const open = (path: string) => `open(${pythonText(path)}, "rb")`;
  const [only] = inputs;
  const files = [
    ...(only !== undefined
      ? [`    image=${inputs.length === 1 ? open(only) : `[${inputs.map(open).join(', ')}]`},`]
      : []),
    ...(only !== undefined && hasMask ? [`    mask=${open(maskName)},`] : []),
  ];
  const given = pythonArguments(pictureFields(options)) + files.map((line) => `${line}\n`).join('');
  const call = `client.images.${only === undefined ? 'generate' : 'edit'}(${given})`;
  const save = [
    `    with open(f"picture-{number}.${extensionOf(options)}", "wb") as file:`,
    '        file.write(base64.b64decode(picture.b64_json))',
  ];
  return [
    'import base64',
    '',
    'from openai import OpenAI',
    '',
    `client = OpenAI(base_url=${pythonText(`${address}/v1`)}, api_key=${pythonText(key)})`,
    ...(isStream(options)
      ? [
          `stream = ${call}`,
          'finished = (event for event in stream if event.type.endswith(".completed"))',
          'for number, picture in enumerate(finished, 1):',
        ]
      : [`response = ${call}`, 'for number, picture in enumerate(response.data, 1):']),
    ...save,
  ].join('\n');
}

function typescript({ options, inputs, hasMask }: PictureSnippetRequest, { address, key }: Target): string {
  const open = (path: string) => `createReadStream(${JSON.stringify(path)})`;
  const [only] = inputs;
  const members = Object.entries(pictureFields(options)).map(
    ([name, value]) => `  ${name}: ${JSON.stringify(value)},`,
  );
  const files =
    only === undefined
      ? []
      : [
          `  image: ${inputs.length === 1 ? open(only) : `[${inputs.map(open).join(', ')}]`},`,
          ...(hasMask ? [`  mask: ${open(maskName)},`] : []),
        ];
  const verb = only === undefined ? 'generate' : 'edit';
  const call = [`await client.images.${verb}({`, ...members, ...files, '});'].join('\n');
  const save = `await writeFile(\`picture-\${number}.${extensionOf(options)}\`, Buffer.from(picture.b64_json ?? '', 'base64'));`;
  const lines = isStream(options)
    ? [
        `const stream = ${call}`,
        'let number = 0;',
        'for await (const picture of stream) {',
        "  if (!picture.type.endsWith('.completed')) continue;",
        '  number += 1;',
        `  ${save}`,
        '}',
      ]
    : [
        `const response = ${call}`,
        'let number = 0;',
        'for (const picture of response.data ?? []) {',
        '  number += 1;',
        `  ${save}`,
        '}',
      ];
  return [
    ...(only === undefined ? [] : ["import { createReadStream } from 'node:fs';"]),
    "import { writeFile } from 'node:fs/promises';",
    "import OpenAI from 'openai';",
    '',
    `const client = new OpenAI({ baseURL: ${JSON.stringify(`${address}/v1`)}, apiKey: ${JSON.stringify(key)} });`,
    ...lines,
  ].join('\n');
}
