/** Keeps what is open by a search parameter open until the user agrees to lose what it holds. */
import { useBlocker } from '@tanstack/react-router';

interface LeaveGuard {
  /** Whether the user tried to leave and is to be asked. */
  readonly isAsking: boolean;
  readonly stay: () => void;
  readonly leave: () => void;
}

/**
 * Holds back Escape, the close button, links and Back; the browser itself asks before the page is closed. Navigate with
 * `ignoreBlocker` once nothing can be lost.
 *
 * @param isUnsaved asked at the moment of leaving
 * @param parameter the search parameter that the dialog is open by
 */
export function useLeaveGuard(isUnsaved: () => boolean, parameter: string): LeaveGuard {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => {
      const isLeft =
        next.pathname !== current.pathname ||
        parameterIn(next.search, parameter) !== parameterIn(current.search, parameter);
      return isLeft && isUnsaved();
    },
    enableBeforeUnload: isUnsaved,
    withResolver: true,
  });
  return {
    isAsking: blocker.status === 'blocked',
    stay: () => blocker.reset?.(),
    leave: () => blocker.proceed?.(),
  };
}

const parameterIn = (search: object, parameter: string): unknown =>
  Object.entries(search).find(([name]) => name === parameter)?.[1];
