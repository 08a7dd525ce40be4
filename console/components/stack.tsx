/** Layout: things below or beside each other with space between them. */
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';
import styles from './stack.module.css';

interface StackProps {
  readonly gap?: 'sm' | 'md' | 'lg';
  readonly children: ReactNode;
}

/** Below each other. */
export function Stack({ gap = 'md', children }: StackProps) {
  return <div className={classNames(styles.stack, styles[gap])}>{children}</div>;
}

interface InlineProps extends StackProps {
  readonly justify?: 'start' | 'between' | 'end';
}

/** Beside each other; wraps where there is no room. */
export function Inline({ gap = 'sm', justify = 'start', children }: InlineProps) {
  return <div className={classNames(styles.inline, styles[gap], styles[justify])}>{children}</div>;
}

/** Equal columns, as many as fit. */
export function Columns({ children }: { readonly children: ReactNode }) {
  return <div className={styles.columns}>{children}</div>;
}
