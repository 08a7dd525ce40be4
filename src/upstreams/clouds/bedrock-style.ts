/**
 * Requests to Amazon Bedrock: Claude in Anthropic's form (InvokeModel), other models by Bedrock's endpoint of OpenAI's
 * chat completions and Responses (https://docs.aws.amazon.com/bedrock/latest/userguide/apis.html).
 */
import { bytesOf } from '../../http/multipart/form-writer.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { BaseUrl } from '../dialling.ts';
import type { RequestStyle } from '../request-style.ts';
import type { StyleFields, StyleParts } from '../style-parts.ts';
import { errorInProtocol } from './aws-errors.ts';
import { readAwsKey } from './aws-keys.ts';
import { awsSignature } from './aws-signature.ts';
import { BedrockStream, loadMessageCodec, type MessageCodec } from './bedrock-stream.ts';
import { bedrockBetas, betasOf, withoutBetas } from './betas.ts';
import { inEnvelope } from './envelope.ts';
import { payloadHash } from './payload-hash.ts';

const version = '"anthropic_version":"bedrock-2023-05-31"';
/** Bedrock has the first two elsewhere, and refuses the others or takes them from Halley. */
const removed = ['model', 'stream', 'anthropic_version', 'anthropic_beta'];
const served: ReadonlySet<string> = new Set(['messages', 'chat.completions', 'responses']);
/** Such as `bedrock-runtime.eu-west-1.amazonaws.com`, with an endpoint of a VPC before it. */
const regionInHost = /(?:^|\.)bedrock-runtime(?:-fips)?\.([a-z]{2}[a-z0-9-]+-\d)\./;

/**
 * Returns the region for which requests to a host are signed.
 * @throws HalleyError('invalid_value') when neither the host nor the option names one
 */
function bedrockRegion({ origin }: Pick<BaseUrl, 'origin'>, region: string | undefined): string {
  const found = region ?? regionInHost.exec(new URL(origin).hostname)?.[1];
  if (found !== undefined) return found;
  const message =
    'The base URL names no region of AWS. Use https://bedrock-runtime.REGION.amazonaws.com, or set the option aws_region.';
  throw new HalleyError('invalid_value', { message, param: 'base_url' });
}

/** The secret parts of the keys. */
function secretParts(keys: readonly string[]): readonly string[] {
  return keys.flatMap((each) => {
    const key = readAwsKey(each);
    if (key.form === 'api_key') return [];
    return [key.secretAccessKey, ...(key.sessionToken === undefined ? [] : [key.sessionToken])];
  });
}

/** @throws HalleyError('invalid_value') for a key or base URL that cannot be used */
export function checkBedrock({ base, options, keys }: StyleFields): void {
  bedrockRegion(base, options.aws_region);
  for (const key of keys) readAwsKey(key);
}

/** @throws HalleyError('invalid_value') for a key or base URL that cannot be used */
export function bedrockStyle({ base, options, keys, clock }: StyleParts): RequestStyle {
  const region = bedrockRegion(base, options.aws_region);
  const secrets = secretParts(keys);
  let codec: MessageCodec | undefined;
  return {
    serves: (operation) => served.has(operation),
    path({ protocol, path, model, form }) {
      if (protocol.name !== 'anthropic') return `${base.basePath}/openai${path.split('?', 1)[0]}`;
      const verb = form === 'sse' ? 'invoke-with-response-stream' : 'invoke';
      return `${base.basePath}/model/${encodeURIComponent(model)}/${verb}`;
    },
    async envelope({ protocol, rawHeaders, body }) {
      if (protocol.name !== 'anthropic') return { rawHeaders, body };
      const betas = betasOf(rawHeaders, bedrockBetas);
      const added = betas.length === 0 ? version : `${version},"anthropic_beta":${JSON.stringify(betas)}`;
      return {
        rawHeaders: withoutBetas(rawHeaders),
        body: await inEnvelope(body, { removed, added }, clock),
      };
    },
    async authorize(request, key = '') {
      codec ??= await loadMessageCodec();
      const read = readAwsKey(key);
      if (read.form === 'api_key') return ['authorization', `Bearer ${read.value}`];
      const hash = await payloadHash(bytesOf(request.body), clock);
      const signable = { ...request, payloadHash: hash };
      const headers = await awsSignature(signable, read, { service: 'bedrock', region }, clock.now());
      return Object.entries(headers).flat();
    },
    decoder({ 'content-type': type = '' }) {
      return codec && type.startsWith('application/vnd.amazon.eventstream')
        ? new BedrockStream(codec)
        : undefined;
    },
    error: ({ name }, _status, headers, body) => errorInProtocol(name, headers, body),
    secrets: () => secrets,
  };
}
