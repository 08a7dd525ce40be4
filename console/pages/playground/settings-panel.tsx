/** The key, the system prompt and the parameters of the playground's requests. */
import { ChevronDown, ChevronUp } from 'lucide-react';
import { Suspense, useId, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { TextAreaField } from '../../components/field.tsx';
import { Skeleton } from '../../components/states.tsx';
import { SwitchField } from '../../components/toggle.tsx';
import { KeyPicker } from '../../features/key-picker/key-picker.tsx';
import type { ProtocolId } from '../../features/model-request/protocol-ids.ts';
import { type Parameters, parametersOf } from '../../features/model-request/protocols.ts';
import { useMessages } from '../../i18n/messages.ts';
import styles from './playground.module.css';
import type { PlaygroundSearch } from './search.ts';

interface SettingsPanelProps {
  readonly search: PlaygroundSearch;
  readonly keyId: number | undefined;
  readonly system: string;
  /** Of all columns: a parameter is offered when any of them has it. */
  readonly protocols: readonly ProtocolId[];
  readonly onChange: (changes: Partial<PlaygroundSearch>) => void;
  readonly onSystem: (system: string) => void;
}

interface ParameterSetting {
  readonly name: keyof Parameters;
  readonly inSearch: 'temperature' | 'top_p' | 'max_tokens' | 'seed';
  /** When it is switched on. */
  readonly first: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

const parameters: readonly ParameterSetting[] = [
  { name: 'temperature', inSearch: 'temperature', first: 1, min: 0, max: 2, step: 0.1 },
  { name: 'topP', inSearch: 'top_p', first: 1, min: 0, max: 1, step: 0.05 },
  { name: 'maxTokens', inSearch: 'max_tokens', first: 1024, min: 1, max: 1_000_000, step: 1 },
  { name: 'seed', inSearch: 'seed', first: 1, min: 0, max: 2_147_483_647, step: 1 },
];

export function SettingsPanel({ search, keyId, system, protocols, onChange, onSystem }: SettingsPanelProps) {
  const t = useMessages('playground');
  const offered = new Set(protocols.flatMap(parametersOf));
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return (
    <aside className={styles.settings} aria-label={t('settings')}>
      {/* On narrow pages the conversation comes first. */}
      <div className={styles.settingsToggle}>
        <Button
          variant="ghost"
          icon={isOpen ? <ChevronUp /> : <ChevronDown />}
          aria-expanded={isOpen}
          aria-controls={id}
          onClick={() => setOpen(!isOpen)}
        >
          {t('settings')}
        </Button>
      </div>
      <div id={id} className={styles.settingsBody} data-open={isOpen || undefined}>
        <Suspense fallback={<Skeleton height={3.75} />}>
          <KeyPicker
            label={t('key')}
            placeholder={t('keyPlaceholder')}
            value={keyId}
            // Another key may use other models.
            onChange={(key) => onChange({ key, model: undefined, model2: undefined })}
          />
        </Suspense>
        <TextAreaField
          label={t('system')}
          optional
          rows={4}
          value={system}
          onChange={(event) => onSystem(event.target.value)}
        />
        <fieldset className={styles.parameters}>
          <legend>{t('parameters')}</legend>
          <p className={styles.muted}>{t('parametersHint')}</p>
          {parameters
            .filter(({ name }) => offered.has(name))
            .map((setting) => (
              <Parameter key={setting.name} setting={setting} search={search} onChange={onChange} />
            ))}
        </fieldset>
        <SwitchField
          label={t('stream')}
          checked={search.whole !== true}
          onChange={(isOn) => onChange({ whole: isOn ? undefined : true })}
        />
      </div>
    </aside>
  );
}

interface ParameterProps extends Pick<SettingsPanelProps, 'search' | 'onChange'> {
  readonly setting: ParameterSetting;
}

function Parameter({ setting, search, onChange }: ParameterProps) {
  const t = useMessages('playground');
  const { name, inSearch, first, min, max, step } = setting;
  const value = search[inSearch];
  return (
    <div className={styles.parameter}>
      <SwitchField
        label={t(name)}
        checked={value !== undefined}
        onChange={(isOn) => onChange({ [inSearch]: isOn ? first : undefined })}
      />
      {value !== undefined && (
        <input
          type="number"
          className={styles.number}
          aria-label={t('parameterValue', { name: t(name) })}
          value={value}
          min={min}
          max={max}
          step={step}
          onChange={({ target }) => {
            const next = target.valueAsNumber;
            if (next >= min && next <= max) onChange({ [inSearch]: next });
          }}
        />
      )}
    </div>
  );
}
