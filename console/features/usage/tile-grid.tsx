/** Tiles beside each other, as many as fit, all of one width. */
import type { ReactNode } from 'react';
import styles from './metric-tile.module.css';

export function TileGrid({ children }: { readonly children: ReactNode }) {
  return <div className={styles.grid}>{children}</div>;
}
