/** Leaves out choices that the client did not ask for: its form may hold one alone. Pure. */
import type { ResponseEvent } from './form/response.ts';
import type { EventStep } from './parts.ts';

/** @param count of the choices asked for */
export function onlyAskedChoices(count: number): EventStep {
  const isAsked = ({ choice = 0 }: { readonly choice?: number | undefined }) => choice < count;
  return (event): readonly ResponseEvent[] => {
    if ('choice' in event && !isAsked(event)) return [];
    if (event.type !== 'end' || !event.others) return [event];
    return [{ ...event, others: event.others.filter(isAsked) }];
  };
}
