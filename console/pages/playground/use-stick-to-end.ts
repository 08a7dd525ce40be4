/** Keeps the end of a growing list in sight, unless the reader has scrolled away from it. */
import { type RefObject, useLayoutEffect, useRef } from 'react';

/** Pixels from the end that still count as being there. */
const nearPx = 48;

/**
 * @param size changes when the content grows
 * @returns for the element that scrolls: its ref, and what to call when it is scrolled
 */
export function useStickToEnd(size: number): {
  readonly ref: RefObject<HTMLDivElement | null>;
  readonly onScroll: () => void;
} {
  const ref = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the size stands for what has grown.
  useLayoutEffect(() => {
    const element = ref.current;
    if (element && isAtEnd.current) element.scrollTop = element.scrollHeight;
  }, [size]);
  const onScroll = () => {
    const element = ref.current;
    if (element) isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < nearPx;
  };
  return { ref, onScroll };
}
