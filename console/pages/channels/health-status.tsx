/** The state of a channel as a word with an icon, and what rests until when. */
import { CirclePause, TriangleAlert } from 'lucide-react';
import { Status, type Tone } from '../../components/status.tsx';
import { RelativeTime } from '../../components/time.tsx';
import { type MessageOf, useMessages } from '../../i18n/messages.ts';
import type { ChannelHealth } from './channel-queries.ts';
import styles from './channels.module.css';

type State = ChannelHealth['state'];

const tones: Readonly<Record<State, Tone>> = {
  ready: 'ok',
  partly: 'warn',
  resting: 'danger',
  disabled: 'neutral',
  out_of_service: 'danger',
};

const words: Readonly<Record<State, MessageOf<'channels'>>> = {
  ready: 'stateReady',
  partly: 'statePartly',
  resting: 'stateResting',
  disabled: 'stateDisabled',
  out_of_service: 'stateOutOfService',
};

const icons = { disabled: CirclePause, partly: TriangleAlert } as const;

export function HealthStatus({ state }: { readonly state: State }) {
  const t = useMessages('channels');
  const icon = state === 'disabled' || state === 'partly' ? icons[state] : undefined;
  return (
    <Status tone={tones[state]} {...(icon && { icon })}>
      {t(words[state])}
    </Status>
  );
}

/** What the state means, for the sheet of a channel. */
export function HealthDetails({ health }: { readonly health: ChannelHealth }) {
  const t = useMessages('channels');
  const { state, failures, rests_until, models, keys, keys_resting } = health;
  return (
    <div className={styles.health}>
      <HealthStatus state={state} />
      {state === 'out_of_service' && <p>{t('outOfServiceHint')}</p>}
      {failures > 0 && <p>{t('failuresInARow', { count: failures })}</p>}
      {rests_until !== null && (
        <p>
          {t('triedAgain')} <RelativeTime at={rests_until} />
        </p>
      )}
      {keys_resting > 0 && <p>{t('keysResting', { resting: keys_resting, keys })}</p>}
      {models.length > 0 && (
        <ul>
          {models.map((model) => (
            <li key={model.model}>
              <code>
                <bdi>{model.model}</bdi>
              </code>{' '}
              {t(model.for_all_keys ? 'modelRests' : 'modelRestsForKeys')}{' '}
              <RelativeTime at={model.rests_until} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
