/** An entry of the audit log, and the words for what it says. */
import {
  Ban,
  CirclePlus,
  Eye,
  FlaskConical,
  History,
  LogIn,
  LogOut,
  type LucideIcon,
  Pencil,
  ShieldAlert,
  Trash2,
  Wallet,
} from 'lucide-react';
import type { components } from '../../api/schema.ts';
import type { Tone } from '../../components/status.tsx';
import type { MessageOf } from '../../i18n/messages.ts';

export type AuditEntry = components['schemas']['AuditEntry'];

interface ActionLook {
  readonly word: MessageOf<'audit'>;
  readonly tone: Tone;
  readonly icon: LucideIcon;
}

export const actionLooks: Readonly<Record<AuditEntry['action'], ActionLook>> = {
  created: { word: 'actionCreated', tone: 'ok', icon: CirclePlus },
  updated: { word: 'actionUpdated', tone: 'neutral', icon: Pencil },
  deleted: { word: 'actionDeleted', tone: 'danger', icon: Trash2 },
  revealed: { word: 'actionRevealed', tone: 'warn', icon: Eye },
  revoked: { word: 'actionRevoked', tone: 'danger', icon: Ban },
  topped_up: { word: 'actionToppedUp', tone: 'info', icon: Wallet },
  tested: { word: 'actionTested', tone: 'neutral', icon: FlaskConical },
  signed_in: { word: 'actionSignedIn', tone: 'neutral', icon: LogIn },
  sign_in_failed: { word: 'actionSignInFailed', tone: 'warn', icon: ShieldAlert },
  signed_out: { word: 'actionSignedOut', tone: 'neutral', icon: LogOut },
  restored: { word: 'actionRestored', tone: 'warn', icon: History },
};

export const objectWords: Readonly<Record<AuditEntry['object_type'], MessageOf<'audit'>>> = {
  key: 'objectKey',
  account: 'objectAccount',
  session: 'objectSession',
  channel: 'objectChannel',
  price: 'objectPrice',
  price_group: 'objectPriceGroup',
  content: 'objectContent',
  job: 'objectJob',
  setting: 'objectSetting',
  database: 'objectDatabase',
};

export const credentialWords: Readonly<Record<AuditEntry['credential'], MessageOf<'audit'>>> = {
  session: 'credentialSession',
  access_token: 'credentialAccessToken',
  mcp: 'credentialMcp',
  password: 'credentialPassword',
  setup_code: 'credentialSetupCode',
  api_key: 'credentialApiKey',
  none: 'credentialNone',
  cli: 'credentialCli',
  gateway: 'credentialGateway',
};

/** Seconds since 1970. */
export const secondsOf = ({ created_ms: ms }: AuditEntry): number => Math.floor(ms / 1000);
