/** Code that sends a model request to this gateway, ready to paste. Pure. */
import type { ProtocolId } from '../model-request/protocol-ids.ts';
import type { Json, ModelRequest } from '../model-request/protocols.ts';

export interface Target {
  /** The gateway's address without a slash at its end, such as `https://ai.example.com`. */
  readonly address: string;
  /** The value of the key, or a name in its place. */
  readonly key: string;
}

/** The languages that a request can be shown in. */
export const requestLanguages = ['curl', 'python', 'typescript'] as const;
export type RequestLanguage = (typeof requestLanguages)[number];

/** Coding agents: their sections in docs/guides/coding-agents.md are executed by its tests. */
export const agents = ['claudeCode', 'codex', 'geminiCli'] as const;
export type Agent = (typeof agents)[number];

/** For a shell: nothing in it is expanded. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

export function requestSnippet(
  language: RequestLanguage,
  protocol: ProtocolId,
  request: ModelRequest,
  target: Target,
): string {
  switch (language) {
    case 'curl':
      return curl(request, target);
    case 'python':
      return python(protocol, request, target);
    case 'typescript':
      return typescript(protocol, request, target);
  }
}

function curl({ path, headers, body }: ModelRequest, { address, key }: Target): string {
  const all = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `  -H ${quoted(`${name}: ${value}`)} \\`);
  return [`curl -N ${quoted(address + path)} \\`, ...lines, `  -d ${quoted(indented(body))}`].join('\n');
}

export const indented = (value: unknown): string => JSON.stringify(value, null, 2);

const isStream = ({ path, body }: ModelRequest) => body.stream === true || path.includes(':stream');

/** The model of a Gemini request stands in its path. */
const modelIn = ({ path }: ModelRequest): string =>
  decodeURIComponent(/\/models\/([^:]+):/.exec(path)?.[1] ?? '');

interface GeminiParts {
  readonly model: string;
  readonly contents: unknown;
  readonly config: Json;
}

/** Its clients take everything but the contents in one object. */
function geminiParts(request: ModelRequest): GeminiParts {
  const { contents, generationConfig, systemInstruction } = request.body;
  const config = {
    ...(generationConfig as Json | undefined),
    ...(systemInstruction ? { systemInstruction } : {}),
  };
  return { model: modelIn(request), contents, config };
}

function python(protocol: ProtocolId, request: ModelRequest, { address, key }: Target): string {
  const { body } = request;
  const streams = isStream(request);
  const print = (start: string, text: string, loop: string) =>
    streams
      ? [`stream = ${start}`, loop, `    print(${text}, end="", flush=True)`]
      : [`response = ${start}`, `print(${text})`];
  const client = (type: string, module: string, url: string) => [
    `from ${module} import ${type}`,
    '',
    `client = ${type}(base_url=${pythonText(url)}, api_key=${pythonText(key)})`,
  ];
  switch (protocol) {
    case 'openai': {
      const text = streams ? 'chunk.choices[0].delta.content or ""' : 'response.choices[0].message.content';
      const call = `client.chat.completions.create(${pythonArguments(body)})`;
      return [
        ...client('OpenAI', 'openai', `${address}/v1`),
        ...print(call, text, 'for chunk in (c for c in stream if c.choices):'),
      ].join('\n');
    }
    case 'openai-response': {
      const call = `client.responses.create(${pythonArguments(body)})`;
      const loop = 'for event in (e for e in stream if e.type == "response.output_text.delta"):';
      return [
        ...client('OpenAI', 'openai', `${address}/v1`),
        ...print(call, streams ? 'event.delta' : 'response.output_text', loop),
      ].join('\n');
    }
    case 'anthropic': {
      const call = `client.messages.create(${pythonArguments(body)})`;
      const loop = 'for event in (e for e in stream if e.type == "content_block_delta"):';
      return [
        ...client('Anthropic', 'anthropic', address),
        ...print(call, streams ? 'getattr(event.delta, "text", "")' : 'response.content[0].text', loop),
      ].join('\n');
    }
    case 'gemini': {
      const { model, contents, config } = geminiParts(request);
      const parts = { model, contents, ...(Object.keys(config).length > 0 && { config }) };
      const verb = streams ? 'generate_content_stream' : 'generate_content';
      return [
        'from google import genai',
        '',
        `client = genai.Client(api_key=${pythonText(key)}, http_options={"base_url": ${pythonText(address)}})`,
        ...print(
          `client.models.${verb}(${pythonArguments(parts)})`,
          streams ? 'chunk.text or ""' : 'response.text',
          'for chunk in stream:',
        ),
      ].join('\n');
    }
  }
}

export const pythonText = (text: string): string => JSON.stringify(text);

/** JSON as a literal of Python. */
function pythonLiteral(value: unknown, depth: number): string {
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (value === null) return 'None';
  if (typeof value !== 'object') return JSON.stringify(value);
  const indent = '    '.repeat(depth + 1);
  const end = '    '.repeat(depth);
  const lines = Array.isArray(value)
    ? value.map((item) => indent + pythonLiteral(item, depth + 1))
    : Object.entries(value).map(
        ([name, item]) => `${indent}${pythonText(name)}: ${pythonLiteral(item, depth + 1)}`,
      );
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${lines.join(',\n')},\n${end}${close}`;
}

export function pythonArguments(members: Json): string {
  const lines = Object.entries(members).map(([name, value]) => `    ${name}=${pythonLiteral(value, 1)},`);
  return `\n${lines.join('\n')}\n`;
}

function typescript(protocol: ProtocolId, request: ModelRequest, { address, key }: Target): string {
  const streams = isStream(request);
  const body = indented(request.body);
  const client = (type: string, module: string, url: string) => [
    `import ${type} from '${module}';`,
    '',
    `const client = new ${type}({ baseURL: ${JSON.stringify(url)}, apiKey: ${JSON.stringify(key)} });`,
  ];
  const print = (call: string, loop: string, whole: string) =>
    streams
      ? [`const stream = await ${call};`, 'for await (const event of stream) {', `  ${loop}`, '}']
      : [`const response = await ${call};`, `console.log(${whole});`];
  const write = (text: string) => `process.stdout.write(${text});`;
  switch (protocol) {
    case 'openai':
      return [
        ...client('OpenAI', 'openai', `${address}/v1`),
        ...print(
          `client.chat.completions.create(${body})`,
          write("event.choices[0]?.delta.content ?? ''"),
          'response.choices[0]?.message.content',
        ),
      ].join('\n');
    case 'openai-response':
      return [
        ...client('OpenAI', 'openai', `${address}/v1`),
        ...print(
          `client.responses.create(${body})`,
          `if (event.type === 'response.output_text.delta') ${write('event.delta')}`,
          'response.output_text',
        ),
      ].join('\n');
    case 'anthropic':
      return [
        ...client('Anthropic', '@anthropic-ai/sdk', address),
        ...print(
          `client.messages.create(${body})`,
          `if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') ${write('event.delta.text')}`,
          "response.content.map((block) => (block.type === 'text' ? block.text : '')).join('')",
        ),
      ].join('\n');
    case 'gemini': {
      const { model, contents, config } = geminiParts(request);
      const parts = indented({ model, contents, ...(Object.keys(config).length > 0 && { config }) });
      const verb = streams ? 'generateContentStream' : 'generateContent';
      return [
        "import { GoogleGenAI } from '@google/genai';",
        '',
        `const client = new GoogleGenAI({ apiKey: ${JSON.stringify(key)}, httpOptions: { baseUrl: ${JSON.stringify(address)} } });`,
        ...print(`client.models.${verb}(${parts})`, write("event.text ?? ''"), 'response.text'),
      ].join('\n');
    }
  }
}

/** How a coding agent uses this gateway. */
export function agentSnippet(agent: Agent, model: string, { address, key }: Target): string {
  switch (agent) {
    case 'claudeCode':
      return [
        `export ANTHROPIC_BASE_URL=${quoted(address)}`,
        `export ANTHROPIC_API_KEY=${quoted(key)}`,
        `export ANTHROPIC_MODEL=${quoted(model)} ANTHROPIC_DEFAULT_HAIKU_MODEL=${quoted(model)}`,
        'claude',
      ].join('\n');
    case 'codex':
      return [
        '# ~/.codex/config.toml',
        `model = ${JSON.stringify(model)}`,
        'model_provider = "halley"',
        'web_search = "disabled"',
        '',
        '[model_providers.halley]',
        'name = "Halley"',
        `base_url = ${JSON.stringify(`${address}/v1`)}`,
        'env_key = "HALLEY_KEY"',
        'wire_api = "responses"',
        '',
        '# Then, in a shell:',
        `# HALLEY_KEY=${quoted(key)} codex`,
      ].join('\n');
    case 'geminiCli':
      return [
        `export GOOGLE_GEMINI_BASE_URL=${quoted(address)}`,
        `export GEMINI_API_KEY=${quoted(key)}`,
        `gemini -m ${quoted(model)}`,
      ].join('\n');
  }
}
