/** Loads a page together with its messages, when it is first opened. */
import { type AsyncRouteComponent, lazyRouteComponent } from '@tanstack/react-router';
import type { FunctionComponent } from 'react';
import { loadMessages } from '../i18n/i18n.ts';
import type { CatalogueName } from '../i18n/messages.ts';

type NoProps = Record<never, never>;

/**
 * @param catalogues the catalogues that the page uses besides `common`
 * @returns the `component` of a route
 */
export function lazyPage(
  catalogues: readonly CatalogueName[],
  load: () => Promise<FunctionComponent>,
): AsyncRouteComponent<NoProps> {
  return lazyRouteComponent(async () => {
    const [page] = await Promise.all([load(), ...catalogues.map(loadMessages)]);
    return { page };
  }, 'page');
}
