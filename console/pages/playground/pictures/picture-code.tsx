/** The next request for pictures as code. */
import { useMessages } from '../../../i18n/messages.ts';
import { keyPlaceholder, RequestCode } from '../request-code.tsx';
import type { PictureOptions } from './picture-request.ts';
import { pictureSnippet } from './picture-snippets.ts';

interface PictureCodeProps {
  readonly options: PictureOptions;
  /** Names of the files that are to be edited. */
  readonly inputs: readonly string[];
  readonly hasMask: boolean;
  readonly onClose: () => void;
}

export function PictureCode({ options, inputs, hasMask, onClose }: PictureCodeProps) {
  const t = useMessages('playground');
  const request = { options, inputs, hasMask };
  const target = { address: location.origin, key: keyPlaceholder };
  return (
    <RequestCode
      onClose={onClose}
      snippets={(language) => [
        {
          code: pictureSnippet(language, request, target),
          label: t('codeOf', { model: options.model, language: t(language) }),
        },
      ]}
    />
  );
}
