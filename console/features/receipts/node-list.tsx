/** The nodes of a deletion, one below the other: the name, and how it confirmed. */
import type { ReactNode } from 'react';
import styles from './deletion.module.css';

export interface ListedNode {
  readonly id: string;
  readonly name: string;
  readonly status: ReactNode;
  /** When it confirmed, for example. */
  readonly note?: ReactNode;
}

export function NodeList({ nodes }: { readonly nodes: readonly ListedNode[] }) {
  return (
    <ul className={styles.nodes}>
      {nodes.map(({ id, name, status, note }) => (
        <li key={id}>
          <bdi className={styles.nodeName}>{name}</bdi>
          {status}
          <span className={styles.note}>{note}</span>
        </li>
      ))}
    </ul>
  );
}
