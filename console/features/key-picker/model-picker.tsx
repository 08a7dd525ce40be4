/** Choosing one of the models that a key may use. Put it into `Suspense`. */
import { useQuery } from '@tanstack/react-query';
import { lazy, useState } from 'react';
import { keyModelsQuery } from './model-queries.ts';
import { useSettled } from './use-settled.ts';

const RemoteCombobox = lazy(async () => ({
  default: (await import('../../components/remote-combobox.tsx')).RemoteCombobox,
}));

interface ModelPickerProps {
  readonly label: string;
  readonly keyId: number;
  /** Missing = `chat`. */
  readonly modelType?: string;
  readonly value: string | undefined;
  readonly onChange: (model: string | undefined) => void;
}

export function ModelPicker({ label, keyId, modelType, value, onChange }: ModelPickerProps) {
  const [text, setText] = useState('');
  const { data } = useQuery(keyModelsQuery(keyId, useSettled(text), modelType));
  return (
    <RemoteCombobox
      label={label}
      items={data?.items.map(({ id, name }) => ({
        value: id,
        label: id,
        ...(name !== id && { note: name }),
      }))}
      value={value === undefined ? undefined : { value, label: value }}
      onChange={(next) => onChange(next?.value)}
      onSearch={setText}
    />
  );
}
