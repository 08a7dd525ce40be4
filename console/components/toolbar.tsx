/** The row of search and filters above a list. */
import { Search } from 'lucide-react';
import { type ComponentProps, type ReactNode, useEffect, useRef, useState } from 'react';
import styles from './toolbar.module.css';

export function Toolbar({ children }: { readonly children: ReactNode }) {
  return <search className={styles.toolbar}>{children}</search>;
}

interface SearchBoxProps extends Omit<ComponentProps<'input'>, 'onChange' | 'value'> {
  /** The accessible name and placeholder. */
  readonly label: string;
  readonly value: string;
  /** Called when typing pauses. */
  readonly onSearch: (text: string) => void;
}

const pauseMs = 300;

/** Searches while the user types. The key `/` moves the focus here. */
export function SearchBox({ label, value, onSearch, ...rest }: SearchBoxProps) {
  const [text, setText] = useState(value);
  const [seen, setSeen] = useState(value);
  const latest = useRef(onSearch);
  latest.current = onSearch;
  // The address changed by other means, for example Back.
  if (seen !== value) {
    setSeen(value);
    setText(value);
  }
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    if (text.trim() === value) return;
    timer.current = setTimeout(() => latest.current(text.trim()), pauseMs);
    return () => clearTimeout(timer.current);
  }, [text, value]);
  // A user who leaves the box may leave the page: a search after that would lead back.
  const searchNow = () => {
    clearTimeout(timer.current);
    if (text.trim() !== value) onSearch(text.trim());
  };
  return (
    <span className={styles.search}>
      <Search aria-hidden="true" />
      <input
        {...rest}
        type="search"
        data-search-box=""
        aria-label={label}
        placeholder={label}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={searchNow}
      />
    </span>
  );
}
