/** The options of requests for pictures. */
import { SelectField, TextField } from '../../../components/field.tsx';
import { useMessages } from '../../../i18n/messages.ts';
import type { PaneProps } from '../pane-head.tsx';
import type { PlaygroundSearch } from '../search.ts';
import { backgrounds, outputFormats, qualities, stageCounts } from './picture-choices.ts';
import { type PictureOptions, picturesMax, sizes, usualStages } from './picture-request.ts';

/** What the address says of a request. */
export function optionsIn(search: PlaygroundSearch, model: string, prompt: string): PictureOptions {
  const { count, size, quality, background, output, stages } = search;
  return {
    ...{ model, prompt, size, quality, background, outputFormat: output },
    count: Math.min(count ?? 1, picturesMax),
    stages: stages ?? usualStages(model),
  };
}

interface PictureSettingsProps extends Pick<PaneProps, 'search' | 'change'> {
  readonly model: string | undefined;
}

const sizeList = 'picture-sizes';

export function PictureSettings({ search, change, model }: PictureSettingsProps) {
  const t = useMessages('pictures');
  const { count, stages } = optionsIn(search, model ?? '', '');
  const isOpaqueFormat = search.output === 'jpeg' && search.background === 'transparent';
  const automatic = { value: '', label: t('automatic') };
  const chosen = <Value extends string>(all: readonly Value[], value: string): Value | undefined =>
    all.find((each) => each === value);
  return (
    <>
      <TextField
        label={t('size')}
        hint={t('sizeHint')}
        list={sizeList}
        placeholder={t('automatic')}
        value={search.size ?? ''}
        onChange={({ target }) =>
          change({ size: target.value.trim() === '' ? undefined : target.value.trim() })
        }
      />
      <datalist id={sizeList}>
        {sizes.map((size) => (
          <option key={size} value={size} />
        ))}
      </datalist>
      <SelectField
        label={t('quality')}
        choices={[automatic, ...qualities.map((value) => ({ value, label: t(`quality_${value}`) }))]}
        value={search.quality ?? ''}
        onChange={({ target }) => change({ quality: chosen(qualities, target.value) })}
      />
      <SelectField
        label={t('count')}
        choices={Array.from({ length: picturesMax }, (_, index) => {
          const value = String(index + 1);
          return { value, label: value };
        })}
        value={String(count)}
        onChange={({ target }) => change({ count: target.value === '1' ? undefined : Number(target.value) })}
      />
      <SelectField
        label={t('background')}
        choices={[automatic, ...backgrounds.map((value) => ({ value, label: t(`background_${value}`) }))]}
        value={search.background ?? ''}
        error={isOpaqueFormat ? t('noTransparency') : undefined}
        onChange={({ target }) => change({ background: chosen(backgrounds, target.value) })}
      />
      <SelectField
        label={t('output')}
        choices={[automatic, ...outputFormats.map((value) => ({ value, label: value.toUpperCase() }))]}
        value={search.output ?? ''}
        onChange={({ target }) => change({ output: chosen(outputFormats, target.value) })}
      />
      <SelectField
        label={t('stages')}
        hint={t('stagesHint')}
        choices={stageCounts.map((value) => ({
          value: String(value),
          label: t('stageCount', { count: value }),
        }))}
        value={String(stages)}
        onChange={({ target }) =>
          change({ stages: stageCounts.find((each) => String(each) === target.value) })
        }
      />
    </>
  );
}
