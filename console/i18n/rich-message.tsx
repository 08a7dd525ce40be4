/** A message with elements inside, written in the catalogue as `<0>…</0>`. */
import { Trans } from '@lingui/react';
import type { ReactElement } from 'react';
import type { CatalogueName, MessageOf, MessageValues } from './messages.ts';

interface RichMessageProps<Name extends CatalogueName> {
  readonly from: Name;
  readonly id: MessageOf<Name>;
  readonly values?: MessageValues;
  /** Elements for `<0>`, `<1>` and so on. */
  readonly elements: readonly ReactElement[];
}

export function RichMessage<Name extends CatalogueName>(props: RichMessageProps<Name>) {
  const { from, id, values = {}, elements } = props;
  return <Trans id={`${from}.${id}`} values={values} components={{ ...elements }} />;
}
