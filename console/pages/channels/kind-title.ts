/** What a kind of upstream is called: a name, but for the kind that stands for all others. */
import type { Translate } from '../../i18n/messages.ts';

export function kindTitle(
  t: Translate<'channels'>,
  { kind, title }: { readonly kind: string; readonly title: string },
): string {
  return kind === 'custom' ? t('customKind') : title;
}
