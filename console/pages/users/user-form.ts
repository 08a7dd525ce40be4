/** The fields of an account as people type them, and as the gateway takes them. */
import { type Account, roles } from '../../api/session.ts';
import { unitsFromUsd } from '../../format/money.ts';

export type GivenRole = typeof roles.user | typeof roles.administrator;

export interface UserForm {
  readonly username: string;
  readonly password: string;
  readonly displayName: string;
  readonly email: string;
  readonly role: string;
  readonly group: string;
  readonly isUnlimited: boolean;
  /** USD. */
  readonly balance: string;
}

export const emptyForm: UserForm = {
  username: '',
  password: '',
  displayName: '',
  email: '',
  role: String(roles.user),
  group: 'default',
  isUnlimited: true,
  balance: '10',
};

export function formOf(account: Account): UserForm {
  return {
    ...emptyForm,
    username: account.username,
    displayName: account.display_name,
    email: account.email,
    role: String(account.role),
    group: account.group,
    isUnlimited: account.unlimited_quota,
  };
}

/** What creating and updating have in common. */
export function profileOf({ displayName, email, group, isUnlimited }: UserForm) {
  return {
    display_name: displayName.trim(),
    email: email.trim(),
    group: group.trim(),
    unlimited_quota: isUnlimited,
  };
}

export const roleOf = (text: string): GivenRole =>
  text === String(roles.administrator) ? roles.administrator : roles.user;

/** Units of a balance; undefined = the text is no amount. */
export const unitsOf = (usd: string): number | undefined => unitsFromUsd(usd);

const letters = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const passwordLength = 20;

/** A password without letters that look alike. */
export function makePassword(): string {
  const numbers = crypto.getRandomValues(new Uint32Array(passwordLength));
  return Array.from(numbers, (number) => letters[number % letters.length]).join('');
}
