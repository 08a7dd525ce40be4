/** The address of a file of this page. */
import { useEffect, useState } from 'react';

/** @returns a `blob:` address that lasts as long as it is shown; undefined at first, and while there is no file */
export function useObjectUrl(file: Blob | undefined): string | undefined {
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    if (file === undefined) return setAddress(undefined);
    const own = URL.createObjectURL(file);
    setAddress(own);
    return () => URL.revokeObjectURL(own);
  }, [file]);
  return address;
}
