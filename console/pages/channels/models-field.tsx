/** The models of a channel: one a line, with the upstream's own list to choose from. */
import { useMutation } from '@tanstack/react-query';
import { CloudDownload } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { TextAreaField } from '../../components/field.tsx';
import { Stack } from '../../components/stack.tsx';
import { ErrorState } from '../../components/states.tsx';
import { CheckboxField } from '../../components/toggle.tsx';
import { SearchBox } from '../../components/toolbar.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { entriesIn } from './channel-form.ts';
import styles from './channels.module.css';

interface ModelsFieldProps {
  readonly value: string;
  readonly error?: string | undefined;
  readonly onChange: (value: string) => void;
  /** Asks the upstream for its models. */
  readonly onFetch: () => Promise<readonly string[]>;
}

const rows = 5;

export function ModelsField({ value, error, onChange, onFetch }: ModelsFieldProps) {
  const t = useMessages('channels');
  const fetched = useMutation({ mutationFn: onFetch });
  return (
    <Stack gap="sm">
      <TextAreaField
        label={t('models')}
        hint={t('modelsHint')}
        error={error}
        monospace
        rows={rows}
        spellCheck={false}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      <div>
        <Button size="sm" icon={<CloudDownload />} busy={fetched.isPending} onClick={() => fetched.mutate()}>
          {t('fetchModels')}
        </Button>
      </div>
      {fetched.error && <ErrorState error={fetched.error} />}
      {fetched.data && <Choice models={fetched.data} value={value} onChange={onChange} />}
    </Stack>
  );
}

/** So many are drawn at a time; the search finds the others. */
const shownMax = 100;

interface ChoiceProps extends Pick<ModelsFieldProps, 'value' | 'onChange'> {
  readonly models: readonly string[];
}

function Choice({ models, value, onChange }: ChoiceProps) {
  const t = useMessages('channels');
  const [text, setText] = useState('');
  const chosen = entriesIn(value);
  const matching = models.filter((model) => model.toLowerCase().includes(text.toLowerCase()));
  const isNew = matching.filter((model) => !chosen.includes(model));
  const set = (next: readonly string[]) => onChange(next.join('\n'));
  return (
    <fieldset className={styles.choice}>
      <legend>{t('upstreamOffers', { count: models.length })}</legend>
      <div className={styles.choiceBar}>
        <SearchBox label={t('searchModels')} value={text} onSearch={setText} />
        <Button size="sm" disabled={isNew.length === 0} onClick={() => set([...chosen, ...isNew])}>
          {t('addModels', { count: isNew.length })}
        </Button>
      </div>
      <div className={styles.choiceList}>
        {matching.slice(0, shownMax).map((model) => (
          <CheckboxField
            key={model}
            label={model}
            checked={chosen.includes(model)}
            onChange={(checked) =>
              set(checked ? [...chosen, model] : chosen.filter((each) => each !== model))
            }
          />
        ))}
      </div>
      {matching.length > shownMax && (
        <p className={styles.note}>{t('moreBySearch', { count: matching.length - shownMax })}</p>
      )}
    </fieldset>
  );
}
