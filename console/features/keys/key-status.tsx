/** The status of a key as a word with an icon. */
import { CircleOff } from 'lucide-react';
import { Status, statusIcons, type Tone } from '../../components/status.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { type KeyStatusName, keyStatuses } from './key.ts';

const looks = {
  enabled: { tone: 'ok' },
  disabled: { tone: 'neutral', icon: statusIcons.paused },
  expired: { tone: 'warn', icon: statusIcons.expired },
  exhausted: { tone: 'danger', icon: CircleOff },
} as const satisfies Record<KeyStatusName, { tone: Tone; icon?: unknown }>;

export function KeyStatus({ status }: { readonly status: number }) {
  const t = useMessages('keys');
  const name = statusName(status);
  return <Status {...looks[name]}>{t(name)}</Status>;
}

function statusName(status: number): KeyStatusName {
  const names = Object.keys(keyStatuses) as KeyStatusName[];
  return names.find((name) => keyStatuses[name] === status) ?? 'disabled';
}
