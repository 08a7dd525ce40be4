/** The next requests of conversations as code. */
import { requestSnippet } from '../../features/snippets/snippets.ts';
import { useMessages } from '../../i18n/messages.ts';
import { keyPlaceholder, RequestCode } from './request-code.tsx';
import type { Conversation } from './use-conversation.ts';

interface CodeSheetProps {
  readonly columns: readonly Conversation[];
  /** What would be sent. */
  readonly draft: string;
  readonly onClose: () => void;
}

export function CodeSheet({ columns, draft, onClose }: CodeSheetProps) {
  const t = useMessages('playground');
  const target = { address: location.origin, key: keyPlaceholder };
  return (
    <RequestCode
      onClose={onClose}
      snippets={(language) =>
        columns.flatMap(({ model = '', protocol, requestFor }, index) => {
          const request = requestFor(draft);
          if (request === undefined) return [];
          const place = columns.length > 1 ? `${t('modelOf', { column: index + 1 })}: ` : '';
          return {
            code: requestSnippet(language, protocol, request, target),
            label: place + t('codeOf', { model, language: t(language) }),
          };
        })
      }
    />
  );
}
