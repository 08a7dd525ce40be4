/** A button for what cannot be undone: it acts when it is held, so that no stray click does. */
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { Button } from './button.tsx';
import styles from './hold-button.module.css';

interface HoldButtonProps {
  readonly onHeld: () => void;
  /** It was let go before it acted: say what to do. */
  readonly onReleased?: () => void;
  /** One click is enough: the user has confirmed in another way. */
  readonly isArmed?: boolean;
  readonly busy?: boolean;
  readonly icon?: ReactNode;
  readonly children: ReactNode;
  /** The id of the text that says how to use it. */
  readonly describedBy?: string;
}

/** Also in the style sheet. */
const holdMs = 1200;

export function HoldButton({
  onHeld,
  onReleased,
  isArmed = false,
  busy = false,
  icon,
  children,
  describedBy,
}: HoldButtonProps) {
  const [isHeld, setIsHeld] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const release = () => {
    if (!isHeld) return;
    clearTimeout(timer.current);
    setIsHeld(false);
    onReleased?.();
  };
  const hold = () => {
    if (isArmed || busy || isHeld) return;
    setIsHeld(true);
    timer.current = setTimeout(() => {
      setIsHeld(false);
      onHeld();
    }, holdMs);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  const isKey = ({ key }: KeyboardEvent) => key === ' ' || key === 'Enter';
  return (
    <Button
      variant="danger"
      busy={busy}
      icon={icon}
      className={styles.hold}
      data-held={isHeld || undefined}
      {...(describedBy !== undefined && { 'aria-describedby': describedBy })}
      onClick={() => isArmed && onHeld()}
      onPointerDown={({ button }) => button === 0 && hold()}
      onPointerUp={release}
      onPointerLeave={release}
      onPointerCancel={release}
      onContextMenu={(event) => isHeld && event.preventDefault()}
      onKeyDown={(event) => !event.repeat && isKey(event) && hold()}
      onKeyUp={release}
      onBlur={release}
    >
      {children}
    </Button>
  );
}
