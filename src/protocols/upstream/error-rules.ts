/**
 * What an upstream's error means, as data: whether it is about the gateway's own account, about the model, or about
 * the request, which is the client's own affair. Pure. Messages are compared from their beginning only, since what
 * follows may quote the client.
 */
import type { ProtocolName } from '../../domain/protocol-name.ts';
import type { ErrorFacts } from './error-facts.ts';

export type ErrorMeaning =
  /** The request is at fault: the client gets the error as it is. */
  | 'own'
  /** The gateway's key is not accepted. */
  | 'credentials'
  /** The account behind the gateway's key has nothing left. */
  | 'used_up'
  /** The gateway's key may not use this model. */
  | 'model_refused'
  /** The upstream does not have the model. */
  | 'no_model'
  | 'busy'
  | 'failed';

/** All conditions that are given must hold. */
interface Rule {
  readonly meaning: ErrorMeaning;
  readonly statuses?: readonly number[];
  readonly types?: readonly string[];
  readonly codes?: readonly string[];
  readonly reasons?: readonly string[];
  readonly message?: RegExp;
  readonly flagged?: true;
}

const content: readonly Rule[] = [
  // OpenRouter 403: {"error":{"code":403,"message":"…","metadata":{"reasons":["violence"],"flagged_input":"…"}}}.
  { meaning: 'own', flagged: true },
  // OpenAI images and Azure (400), Alibaba's Model Studio (400), and gateways that make 403 of them.
  {
    meaning: 'own',
    codes: [
      ...[
        'content_policy_violation',
        'content_filter',
        'moderation_blocked',
        'image_content_policy_violation',
      ],
      ...['data_inspection_failed', 'DataInspectionFailed', 'cyber_policy', 'bio_policy'],
    ],
  },
  { meaning: 'own', types: ['image_generation_user_error', 'content_policy_violation', 'content_filter'] },
  {
    meaning: 'own',
    statuses: [403],
    message:
      /^(?:Your (?:request|input|prompt) (?:was|has been) (?:flagged|rejected|blocked)|Content (?:Exists Risk|violation))/i,
  },
];

const openaiRules: readonly Rule[] = [
  // 429 {"error":{"type":"insufficient_quota","code":"insufficient_quota"}}: https://platform.openai.com/docs/guides/error-codes
  { meaning: 'used_up', types: ['insufficient_quota', 'billing_not_active', 'exceeded_current_quota_error'] },
  {
    meaning: 'used_up',
    codes: [
      ...['insufficient_quota', 'billing_hard_limit_reached', 'billing_not_active', 'Arrearage', '1113'],
      // Gateways of this kind.
      ...['insufficient_user_quota', 'pre_consume_token_quota_failed', 'quota_not_enough', 'budget_exceeded'],
    ],
  },
  // DeepSeek 402 {"error":{"message":"Insufficient Balance",…}}: https://api-docs.deepseek.com/quick_start/error_codes
  { meaning: 'used_up', message: /^(?:Insufficient (?:account )?balance|Insufficient credits)/i },
  // Project without the model: 403 {"error":{"type":"invalid_request_error","code":"model_not_found"}}.
  { meaning: 'model_refused', statuses: [403], codes: ['model_not_found', 'model_not_allowed'] },
  {
    meaning: 'credentials',
    codes: [
      ...[
        'invalid_api_key',
        'account_deactivated',
        'unsupported_country_region_territory',
        'ip_not_authorized',
      ],
      ...['invalid_authentication', 'invalid_organization', 'InvalidApiKey', 'mismatched_organization'],
    ],
  },
  { meaning: 'credentials', types: ['authentication_error', 'invalid_authentication_error'] },
  { meaning: 'credentials', message: /^(?:Incorrect|Invalid) API key/i },
  { meaning: 'no_model', statuses: [404], codes: ['model_not_found'] },
  // vLLM: 404 {"object":"error","message":"The model `x` does not exist.","type":"NotFoundError","code":404}.
  { meaning: 'no_model', statuses: [404], message: /^The model / },
  // MiniMax, with status 200.
  { meaning: 'credentials', types: ['base_resp'], codes: ['1004', '2049'] },
  { meaning: 'used_up', types: ['base_resp'], codes: ['1008'] },
  { meaning: 'busy', types: ['base_resp'], codes: ['1002', '1039', '2045', '2056'] },
  { meaning: 'own', types: ['base_resp'], codes: ['1026', '1027', '1042', '2013', '20132'] },
];

/** https://docs.claude.com/en/api/errors */
const anthropicRules: readonly Rule[] = [
  { meaning: 'used_up', types: ['billing_error', 'payment_required'] },
  // 400 invalid_request_error.
  { meaning: 'used_up', message: /^Your credit balance is too low/ },
  { meaning: 'used_up', message: /^You have reached your specified (?:API|workspace) usage limits/ },
  { meaning: 'credentials', message: /^This organization has been disabled/ },
  { meaning: 'credentials', types: ['authentication_error', 'permission_error'] },
  { meaning: 'no_model', statuses: [404], message: /^model: / },
];

/** Reasons of google.rpc.ErrorInfo: google/api/error_reason.proto. */
const geminiRules: readonly Rule[] = [
  {
    meaning: 'credentials',
    reasons: [
      ...['API_KEY_INVALID', 'API_KEY_EXPIRED', 'API_KEY_SERVICE_BLOCKED', 'API_KEY_HTTP_REFERRER_BLOCKED'],
      ...['API_KEY_IP_ADDRESS_BLOCKED', 'API_KEY_ANDROID_APP_BLOCKED', 'API_KEY_IOS_APP_BLOCKED'],
      ...['SERVICE_DISABLED', 'CONSUMER_SUSPENDED', 'CONSUMER_INVALID', 'USER_PROJECT_DENIED'],
      ...['USER_BLOCKED_BY_ADMIN', 'ACCESS_TOKEN_EXPIRED', 'CREDENTIALS_MISSING', 'IAM_PERMISSION_DENIED'],
    ],
  },
  { meaning: 'used_up', reasons: ['BILLING_DISABLED'] },
  { meaning: 'used_up', message: /^Your prepayment credits are depleted/ },
  // 400 INVALID_ARGUMENT, in earlier versions without a reason.
  { meaning: 'credentials', message: /^API key (?:not valid|expired)/ },
  { meaning: 'credentials', message: /^User location is not supported/ },
  // 403 PERMISSION_DENIED: a file of somebody else's, or none.
  { meaning: 'own', message: /^You do not have permission to access the (?:File|CachedContent|Tuned)/i },
  { meaning: 'no_model', statuses: [404], message: /^models\// },
];

/** Exceptions of Amazon Bedrock: https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html */
const awsRules: readonly Rule[] = [
  {
    meaning: 'model_refused',
    codes: ['AccessDeniedException'],
    message: /^You don't have access to the model/,
  },
  {
    meaning: 'credentials',
    codes: [
      ...['AccessDeniedException', 'ExpiredTokenException', 'IncompleteSignatureException'],
      ...['InvalidClientTokenIdException', 'InvalidSignatureException', 'UnrecognizedClientException'],
      'MissingAuthenticationTokenException',
    ],
  },
  { meaning: 'busy', codes: ['ServiceQuotaExceededException'] },
  { meaning: 'failed', codes: ['ModelErrorException', 'ModelTimeoutException', 'ModelStreamErrorException'] },
  { meaning: 'no_model', codes: ['ResourceNotFoundException'] },
  {
    meaning: 'no_model',
    codes: ['ValidationException'],
    message: /^(?:The provided model identifier is invalid|Invocation of model ID )/,
  },
];
/** Vertex AI, 404: "Publisher Model `projects/…` was not found or your project does not have access to it." */
const vertexRules: readonly Rule[] = [{ meaning: 'no_model', statuses: [404], message: /^Publisher Model / }];

/** A vendor of one protocol often has others' errors too, so that all tables hold for all; its own goes first. */
const rulesOf: Readonly<Record<ProtocolName, readonly Rule[]>> = {
  openai: [...content, ...awsRules, ...vertexRules, ...openaiRules, ...geminiRules, ...anthropicRules],
  anthropic: [...content, ...awsRules, ...vertexRules, ...anthropicRules, ...openaiRules],
  gemini: [...content, ...vertexRules, ...geminiRules],
};

function holds(rule: Rule, status: number, facts: ErrorFacts): boolean {
  if (rule.flagged && !facts.flagged) return false;
  if (rule.statuses && !rule.statuses.includes(status)) return false;
  if (rule.types && !rule.types.includes(facts.type)) return false;
  if (rule.codes && !rule.codes.includes(facts.code)) return false;
  if (rule.reasons && !rule.reasons.some((reason) => facts.reasons.includes(reason))) return false;
  return !rule.message || rule.message.test(facts.message);
}

/** What a status means where the body cannot change it; undefined = the body decides. */
export function meaningOfStatus(status: number): ErrorMeaning | undefined {
  if (status === 401) return 'credentials';
  if (status === 402) return 'used_up';
  return status >= 500 || status < 400 ? 'failed' : undefined;
}

/** @param status that of the response, or `statusOf` an error within a response with status 200 */
export function meaningOf(protocol: ProtocolName, status: number, facts: ErrorFacts): ErrorMeaning {
  const rule = rulesOf[protocol].find((each) => holds(each, status, facts));
  if (rule) return rule.meaning;
  if (status === 403) return 'credentials';
  return meaningOfStatus(status) ?? (status === 429 ? 'busy' : 'own');
}

/**
 * OpenAI: "Invalid URL (POST /v1/x)", and for a model of another endpoint "This is a chat model and not supported in the
 * v1/completions endpoint", "This model is only supported in v1/responses"; Azure: "Resource not found"; FastAPI: "Not Found"; Express: "Cannot POST /v1/x".
 */
const noEndpoint =
  /^(?:$|(?:404 (?:page )?)?not found\b|invalid url|(?:unknown|unexpected|unrecognized|unsupported) (?:request |api )?(?:url|path|endpoint|route)|resource not found|method not allowed|no route|cannot post|this is (?:a|not a) chat model|this model is only supported in v1\/)/i;

/** Whether an error says that the upstream does not have the path, and not something that the request names. */
export function saysNoEndpoint(status: number, { message }: ErrorFacts): boolean {
  return status === 405 || (status === 404 && noEndpoint.test(message));
}

const statusByType: Readonly<Record<string, number>> = {
  // Anthropic.
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  // OpenAI.
  BadRequestError: 400,
  insufficient_quota: 429,
  tokens: 429,
  requests: 429,
  // google/rpc/code.proto.
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  OUT_OF_RANGE: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  RESOURCE_EXHAUSTED: 429,
};

const statusByCode: Readonly<Record<string, number>> = {
  invalid_prompt: 400,
  context_length_exceeded: 400,
  rate_limit_exceeded: 429,
};

/** The status that an error within a response with status 200 should have had; 502 where it does not tell. */
export function statusOf(facts: ErrorFacts): number {
  const number = Number(facts.code);
  if (number >= 400 && number < 600) return number;
  return statusByCode[facts.code] ?? statusByType[facts.type] ?? 502;
}
