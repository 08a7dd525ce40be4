/** For administrators: the health of the channels, and the state of the nodes. */
import { ArrowRight } from 'lucide-react';
import { ButtonLink } from '../../components/button.tsx';
import { Section } from '../../components/page.tsx';
import { Status, type Tone } from '../../components/status.tsx';
import { RelativeTime } from '../../components/time.tsx';
import { useMessages } from '../../i18n/messages.ts';
import styles from './overview.module.css';
import type { AllOverview } from './overview-query.ts';

type Channel = AllOverview['channels'][number];

const tones: Readonly<Record<Channel['state'], Tone>> = {
  ready: 'ok',
  partly: 'warn',
  resting: 'danger',
  out_of_service: 'danger',
  disabled: 'neutral',
};

/** More than this are on the page of the channels. */
const most = 8;

export function ChannelsSection({ channels }: { readonly channels: readonly Channel[] }) {
  const t = useMessages('overview');
  return (
    <Section
      title={t('channels')}
      description={t('channelsHint')}
      actions={
        <ButtonLink size="sm" to="/channel" icon={<ArrowRight aria-hidden="true" />}>
          {t('openChannels')}
        </ButtonLink>
      }
    >
      {channels.length === 0 && <p className={styles.nothing}>{t('noChannels')}</p>}
      <ul className={styles.list}>
        {channels.slice(0, most).map((channel) => (
          <li key={channel.id} className={styles.channel}>
            <bdi className={styles.name}>{channel.name}</bdi>
            <Status tone={tones[channel.state]}>{t(`channel_${channel.state}`)}</Status>
            <Rests channel={channel} />
          </li>
        ))}
      </ul>
      {channels.length > most && (
        <p className={styles.nothing}>{t('moreChannels', { count: channels.length - most })}</p>
      )}
    </Section>
  );
}

/** What of a channel rests, and until when. */
function Rests({ channel }: { readonly channel: Channel }) {
  const t = useMessages('overview');
  const { rests_until: until, models, keys, keys_resting: resting } = channel;
  if (until === null && models.length === 0 && resting === 0) return null;
  return (
    <ul className={styles.rests}>
      {until !== null && (
        <li>
          {t('restsUntil')} <RelativeTime at={until} />
        </li>
      )}
      {models.map(({ model, rests_until: end }) => (
        <li key={model}>
          <bdi>{model}</bdi>: {t('restsUntil')} <RelativeTime at={end} />
        </li>
      ))}
      {resting > 0 && <li>{t('keysResting', { resting, keys })}</li>}
    </ul>
  );
}

export function FleetSection({ fleet }: { readonly fleet: AllOverview['fleet'] }) {
  const t = useMessages('overview');
  const { mode, nodes, well, behind, silent } = fleet;
  return (
    <Section
      title={t('fleet')}
      actions={
        <ButtonLink size="sm" to="/fleet" icon={<ArrowRight aria-hidden="true" />}>
          {t('openFleet')}
        </ButtonLink>
      }
    >
      <div className={styles.states}>
        <Status tone={well === nodes ? 'ok' : 'neutral'}>{t('nodesWell', { count: well })}</Status>
        {behind > 0 && <Status tone="warn">{t('nodesBehind', { count: behind })}</Status>}
        {silent > 0 && <Status tone="danger">{t('nodesSilent', { count: silent })}</Status>}
      </div>
      <p className={styles.nothing}>{t(mode === 'embedded' ? 'embedded' : 'inFleet', { count: nodes })}</p>
    </Section>
  );
}
