/** Leads a window to one of the places. */
import type { Visit } from '../../support/browser.ts';
import type { Known, Place } from './places.ts';

/** Opens the place, and waits until nothing loads. What an earlier place held or failed is let go. */
export async function enterPlace(visit: Visit, place: Place, known: Known): Promise<void> {
  await visit.page.unrouteAll({ behavior: 'ignoreErrors' });
  const { width = 1440 } = place;
  await visit.page.setViewportSize({ width, height: width < 600 ? 780 : 900 });
  await visit.open(typeof place.path === 'string' ? place.path : place.path(known));
  await place.enter?.(visit, known);
  if (place.isHeld) return;
  await visit.page.locator('[class*=_skeleton_]').first().waitFor({ state: 'detached' });
  await visit.settle();
}
