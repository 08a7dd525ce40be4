/** Where the documentation that the gateway serves describes an error. */
import type { ErrorCode } from './errors.ts';

/** The address of the description, on the gateway itself. */
export const errorPage = (code: ErrorCode | (string & {})): string => `/docs/reference/errors#${code}`;

/** A Link header (RFC 8288) that leads to the description. */
export const errorHelp = (code: ErrorCode): Readonly<Record<'link', string>> => ({
  link: `<${errorPage(code)}>; rel="help"`,
});
