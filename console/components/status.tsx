/** States as a word with an icon, so that colour never tells alone. */
import {
  Ban,
  Check,
  CircleAlert,
  CircleDashed,
  CirclePause,
  Clock,
  Info,
  type LucideIcon,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';
import styles from './status.module.css';
import tones from './tones.module.css';

export type Tone = 'ok' | 'warn' | 'danger' | 'info' | 'neutral';

const icons: Readonly<Record<Tone, LucideIcon>> = {
  ok: Check,
  warn: CircleAlert,
  danger: Ban,
  info: Info,
  neutral: CircleDashed,
};

export const statusIcons = { paused: CirclePause, expired: Clock } as const;

interface StatusProps {
  readonly tone: Tone;
  /** In place of the icon of the tone. */
  readonly icon?: LucideIcon;
  readonly children: ReactNode;
}

export function Status({ tone, icon, children }: StatusProps) {
  const Icon = icon ?? icons[tone];
  return (
    <span className={classNames(styles.status, tones[tone])}>
      <Icon aria-hidden="true" />
      {children}
    </span>
  );
}

/** A short label without a state, for example a group or a role. */
export function Tag({ children }: { readonly children: ReactNode }) {
  return <span className={styles.tag}>{children}</span>;
}
