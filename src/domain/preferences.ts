/** What a person chose for the console. */

export const themes = ['system', 'light', 'dark'] as const;

export interface Preferences {
  /** A language tag such as `zh-CN`; '' = that of the browser. */
  readonly language: string;
  readonly theme: (typeof themes)[number];
  /** A name of the IANA database; '' = that of the browser. */
  readonly timeZone: string;
  /** Whether single keys are shortcuts (WCAG 2.2, 2.1.4). */
  readonly shortcuts: boolean;
}

export const preferencesDefault: Preferences = {
  language: '',
  theme: 'system',
  timeZone: '',
  shortcuts: true,
};
