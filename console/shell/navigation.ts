/** The pages of the console, in the order of the menu. The sidebar, the command menu and the shortcuts list these. */
import {
  Activity,
  BookOpen,
  CircleUser,
  Clapperboard,
  CreditCard,
  KeyRound,
  LayoutDashboard,
  ListTree,
  type LucideIcon,
  MessagesSquare,
  Network,
  ReceiptText,
  Route,
  ScrollText,
  Settings2,
  Tags,
  Users,
} from 'lucide-react';
import type { MessageOf } from '../i18n/messages.ts';

export interface NavigationItem {
  readonly to: string;
  readonly label: MessageOf<'common'>;
  readonly icon: LucideIcon;
  /** The key that goes here after `g`. */
  readonly key?: string;
}

export interface NavigationGroup {
  readonly label: MessageOf<'common'>;
  readonly isForAdministrators?: boolean;
  readonly items: readonly NavigationItem[];
}

export const navigation: readonly NavigationGroup[] = [
  {
    label: 'navUse',
    items: [
      { to: '/', label: 'overview', icon: LayoutDashboard, key: 'o' },
      { to: '/token', label: 'keys', icon: KeyRound, key: 'k' },
      { to: '/usage', label: 'usage', icon: Activity, key: 'u' },
      { to: '/log', label: 'logs', icon: ListTree, key: 'l' },
      { to: '/task', label: 'tasks', icon: Clapperboard, key: 'j' },
      { to: '/playground', label: 'playground', icon: MessagesSquare, key: 'p' },
      { to: '/model', label: 'models', icon: BookOpen, key: 'm' },
    ],
  },
  {
    label: 'navAccount',
    items: [
      { to: '/topup', label: 'wallet', icon: CreditCard, key: 'w' },
      { to: '/receipt', label: 'receipts', icon: ReceiptText, key: 'd' },
      { to: '/audit', label: 'audit', icon: ScrollText },
      { to: '/personal', label: 'personal', icon: CircleUser, key: 's' },
    ],
  },
  {
    label: 'navAdministration',
    isForAdministrators: true,
    items: [
      { to: '/channel', label: 'channels', icon: Route, key: 'c' },
      { to: '/user', label: 'users', icon: Users, key: 'a' },
      { to: '/price', label: 'prices', icon: Tags },
      { to: '/fleet', label: 'fleet', icon: Network, key: 'f' },
      { to: '/setting', label: 'settings', icon: Settings2 },
    ],
  },
];
