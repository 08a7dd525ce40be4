/** Buttons, and links that look like buttons. */
import { createLink } from '@tanstack/react-router';
import type { ComponentProps, ReactNode } from 'react';
import styles from './button.module.css';
import { classNames } from './class-names.ts';

export interface ButtonLook {
  /** `danger` only in the last step of something that cannot be undone. */
  readonly variant?: 'primary' | 'secondary' | 'ghost' | 'danger';
  readonly size?: 'md' | 'sm';
  readonly icon?: ReactNode;
}

interface ButtonProps extends ButtonLook, ComponentProps<'button'> {
  /** Shows that the action runs and ignores further clicks. The label stays. */
  readonly busy?: boolean;
}

export function buttonClass({ variant = 'secondary', size = 'md' }: ButtonLook): string {
  return classNames(styles.button, styles[variant], size === 'sm' && styles.small);
}

export function Button(props: ButtonProps) {
  const { variant, size, icon, busy = false, className, children, type = 'button', onClick, ...rest } = props;
  return (
    <button
      {...rest}
      type={type}
      className={classNames(buttonClass({ variant, size } as ButtonLook), className)}
      aria-disabled={busy || rest['aria-disabled']}
      data-busy={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    >
      {busy ? <span className={styles.spinner} aria-hidden="true" /> : icon}
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<ButtonProps, 'children' | 'icon'> {
  /** The accessible name, also shown as a tooltip. */
  readonly label: string;
  readonly icon: ReactNode;
}

/** A button with an icon alone. */
export function IconButton({ label, icon, variant = 'ghost', className, ...rest }: IconButtonProps) {
  return (
    <Button
      {...rest}
      variant={variant}
      icon={icon}
      aria-label={label}
      title={label}
      className={classNames(styles.iconOnly, className)}
    />
  );
}

interface AnchorProps extends ButtonLook, ComponentProps<'a'> {}

function ButtonAnchor({ variant, size, icon, className, children, ...rest }: AnchorProps) {
  return (
    <a {...rest} className={classNames(buttonClass({ variant, size } as ButtonLook), className)}>
      {icon}
      {children}
    </a>
  );
}

/** A link to a page of the console that looks like a button. */
export const ButtonLink = createLink(ButtonAnchor);
