/** `POST /v1/realtime/client_secrets`: makes a client secret of the gateway's own for the key of the request. */
import type { Admission, PresentedKey } from '../../access/access.ts';
import { ClientGone, readBody } from '../../http/body.ts';
import { joined } from '../../http/body-pieces.ts';
import type { Exchange } from '../../http/exchange.ts';
import { sendJson } from '../../http/send.ts';
import { parseStrictJson } from '../../http/strict-json.ts';
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import type { JsonObject } from '../../protocols/protocol.ts';
import { readSession, refuseOddNames } from '../../protocols/realtime/session-fields.ts';
import { asObject } from '../../protocols/usage/usage-shape.ts';
import type { RecordSource } from '../../store/ledger-store.ts';
import type { BodyIntakeOptions } from '../body-intake.ts';
import { checkModels } from './client-flow.ts';
import { type ClientSecretOptions, makeClientSecret } from './client-secrets.ts';
import { groupsServing } from './dial.ts';
import { priceWithSound } from './prices.ts';
import type { RealtimeOptions } from './realtime-options.ts';

export type MintOptions = RealtimeOptions &
  ClientSecretOptions &
  Pick<BodyIntakeOptions, 'bodies' | 'bodyPace' | 'clock'>;

const bounds = {
  depthMax: limits.json_depth_max,
  namesMax: limits.json_names_max,
  valuesMax: limits.json_values_max,
};

/** Seconds, as at OpenAI. */
const lifeMin = 10;
const lifeMax = 7200;
const lifeDefault = 600;

interface Asked {
  readonly source: RecordSource;
  readonly seconds: number;
  readonly config: JsonObject | undefined;
}

/**
 * A request that presents a digest comes from the playground: its secret says so, and is good for a short time only,
 * since it outlasts the sign-in that it was made with.
 * @throws HalleyError as a rejection
 */
export async function mintClientSecret(
  options: MintOptions,
  exchange: Exchange,
  key: PresentedKey,
): Promise<void> {
  const { access } = options;
  const { clientAddress, req } = exchange;
  const source = key instanceof Uint8Array ? 'playground' : '';
  try {
    const found = access.find(key, req.socket, clientAddress);
    await access.whenCurrent(found, async (admission) => {
      access.check(admission.record, { clientAddress, model: undefined });
      const read = await readAsked(options, exchange, admission.record.keyId);
      await access.whenCurrent(access.refresh(admission), (current) =>
        answer(options, exchange, current, { ...read, source }),
      );
    });
  } catch (thrown) {
    if (!(thrown instanceof ClientGone)) throw thrown;
  }
}

async function readAsked(
  { bodies, bodyPace, clock }: MintOptions,
  exchange: Exchange,
  keyId: number,
): Promise<Omit<Asked, 'source'>> {
  const share = bodies.share([`key ${keyId}`]);
  const body = await readBody(exchange, {
    bytesMax: limits.client_secret_body_bytes_max,
    pace: bodyPace,
    clock,
    share,
  });
  const bytes = joined(body);
  share.release();
  const json = bytes.length === 0 ? {} : (asObject(parseStrictJson(bytes, bounds)) ?? {});
  refuseOddNames(json);
  const config = asObject(json.session);
  if (config && Buffer.byteLength(JSON.stringify(config)) > limits.client_secret_session_bytes_max) {
    const message = `"session" may have ${limits.client_secret_session_bytes_max} bytes at most, since the secret carries it. Send the rest as session.update.`;
    throw new HalleyError('invalid_value', { message, param: 'session' });
  }
  return { seconds: secondsOf(asObject(json.expires_after)), config };
}

function secondsOf(after: JsonObject | undefined): number {
  const { seconds = lifeDefault, anchor = 'created_at' } = after ?? {};
  if (anchor !== 'created_at') {
    throw new HalleyError('invalid_value', {
      message: 'The anchor must be "created_at".',
      param: 'expires_after.anchor',
    });
  }
  if (typeof seconds === 'number' && Number.isInteger(seconds) && seconds >= lifeMin && seconds <= lifeMax)
    return seconds;
  const message = `A client secret lives for ${lifeMin} to ${lifeMax} seconds.`;
  throw new HalleyError('invalid_value', { message, param: 'expires_after.seconds' });
}

function answer(options: MintOptions, exchange: Exchange, { record, digest }: Admission, asked: Asked): void {
  const { access, clock, prices, unpriced } = options;
  const { config, source } = asked;
  const seconds =
    source === 'playground' ? Math.min(asked.seconds, limits.playground_secret_s_max) : asked.seconds;
  const { clientAddress } = exchange;
  const { model } = config ? readSession(config) : {};
  access.check(record, { clientAddress, model });
  if (config && config.type !== undefined && config.type !== 'realtime') {
    const message = 'Transcription-only sessions are not supported here. Set "session.type" to "realtime".';
    throw new HalleyError('invalid_value', { message, param: 'session.type' });
  }
  if (model !== undefined) {
    priceWithSound(options, model);
    groupsServing(options, record, model);
  }
  if (config)
    checkModels(
      config,
      { models: model === undefined ? [] : [model], known: 'off', prices, unpriced },
      record.models,
    );
  const expiresAt = Math.floor(clock.now() / 1000) + seconds;
  const value = makeClientSecret(options, { keyId: record.keyId, digest, expiresAt, config, source });
  const session = { type: 'realtime', object: 'realtime.session', ...config };
  sendJson(exchange, 200, JSON.stringify({ value, expires_at: expiresAt, session }));
}
