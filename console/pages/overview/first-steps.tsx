/** What to do on a gateway or account that was not used for long. */
import { KeyRound, MessagesSquare, Rocket } from 'lucide-react';
import { ButtonLink } from '../../components/button.tsx';
import { Inline } from '../../components/stack.tsx';
import { EmptyState } from '../../components/states.tsx';
import { useMessages } from '../../i18n/messages.ts';

export function FirstSteps() {
  const t = useMessages('overview');
  const c = useMessages('common');
  return (
    <EmptyState
      icon={<Rocket aria-hidden="true" />}
      title={t('firstTitle')}
      action={
        <Inline>
          <ButtonLink variant="primary" to="/start" icon={<Rocket aria-hidden="true" />}>
            {c('start')}
          </ButtonLink>
          <ButtonLink to="/token" icon={<KeyRound aria-hidden="true" />}>
            {c('keys')}
          </ButtonLink>
          <ButtonLink to="/playground" icon={<MessagesSquare aria-hidden="true" />}>
            {c('playground')}
          </ButtonLink>
        </Inline>
      }
    >
      {t('firstText')}
    </EmptyState>
  );
}
