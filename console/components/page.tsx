/** The frame of a page: title, description, actions, and its sections. */
import { type ReactNode, useEffect } from 'react';
import { classNames } from './class-names.ts';
import styles from './page.module.css';

interface PageProps {
  readonly title: string;
  readonly description?: ReactNode;
  /** Beside the title; the main action last. */
  readonly actions?: ReactNode;
  /** `narrow` for forms and text, `wide` for tables. */
  readonly width?: 'wide' | 'narrow';
  readonly children: ReactNode;
}

export function Page({ title, description, actions, width = 'wide', children }: PageProps) {
  useDocumentTitle(title);
  return (
    <div className={classNames(styles.page, width === 'narrow' && styles.narrow)}>
      <header className={styles.header}>
        <div className={styles.heading}>
          <h1 tabIndex={-1} id="page-title">
            {title}
          </h1>
          {description !== undefined && <p className={styles.description}>{description}</p>}
        </div>
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** Names the page in the browser's tab and history. */
export function useDocumentTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Halley`;
  }, [title]);
}

interface SectionProps {
  readonly title?: string;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  /** Without a border and padding, for tables that bring their own. */
  readonly plain?: boolean;
  readonly children: ReactNode;
}

/** A titled part of a page, on a surface of its own. */
export function Section({ title, description, actions, plain = false, children }: SectionProps) {
  return (
    <section className={classNames(styles.section, plain && styles.plain)}>
      {(title !== undefined || actions !== undefined) && (
        <div className={styles.sectionHeader}>
          <div className={styles.heading}>
            {title !== undefined && <h2>{title}</h2>}
            {description !== undefined && <p className={styles.description}>{description}</p>}
          </div>
          {actions !== undefined && <div className={styles.actions}>{actions}</div>}
        </div>
      )}
      {children}
    </section>
  );
}
