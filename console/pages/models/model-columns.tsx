/** The columns of the table of models. */
import { Link } from '@tanstack/react-router';
import { Compact } from '../../components/numbers.tsx';
import type { Column } from '../../components/table/column.ts';
import { format } from '../../format/format.ts';
import type { Translate } from '../../i18n/messages.ts';
import { endpointNames } from './endpoint-names.ts';
import styles from './models.module.css';
import { PriceIn, PriceOut } from './price.tsx';
import type { Model } from './queries.ts';
import { modelTypes } from './search.ts';

/** @param keysLookedAt 0 = the list is of one key */
export function modelColumns(t: Translate<'models'>, keysLookedAt: number): readonly Column<Model>[] {
  const columns: readonly Column<Model>[] = [
    { id: 'id', header: t('model'), isSortable: true, cell: (model) => <Name model={model} /> },
    {
      id: 'input',
      header: t('input'),
      align: 'end',
      isSortable: true,
      cell: (model) => <PriceIn model={model} />,
    },
    {
      id: 'output',
      header: t('output'),
      align: 'end',
      isSortable: true,
      cell: (model) => <PriceOut model={model} />,
    },
    {
      id: 'type',
      header: t('type'),
      isHideable: true,
      cell: ({ model_type: type }) => typeName(t, type),
    },
    {
      id: 'context',
      header: t('context'),
      align: 'end',
      isSortable: true,
      isHideable: true,
      cell: ({ context_length: length }) => length !== undefined && <Compact value={length} />,
    },
    {
      id: 'provider',
      header: t('provider'),
      isHideable: true,
      cell: ({ provider }) => <bdi>{provider}</bdi>,
    },
    {
      id: 'endpoints',
      header: t('endpoints'),
      isHideable: true,
      cell: ({ endpoints }) => (
        <span className={styles.endpoints}>
          {Object.keys(endpoints)
            .map((name) => endpointNames[name] ?? name)
            .join(', ')}
        </span>
      ),
    },
  ];
  if (keysLookedAt === 0) return columns;
  return [
    ...columns,
    {
      id: 'keys',
      header: t('keys'),
      align: 'end',
      cell: ({ keys = 0 }) => (
        <span className={styles.price}>
          {t('keysOf', { keys: format.count(keys), all: format.count(keysLookedAt) })}
        </span>
      ),
    },
  ];
}

function Name({ model: { id, name } }: { readonly model: Model }) {
  return (
    <span className={styles.name}>
      <Link from="/model" to="." search={(old) => ({ ...old, open: id })} className={styles.nameLink}>
        <bdi>{id}</bdi>
      </Link>
      {name !== id && <bdi className={styles.muted}>{name}</bdi>}
    </span>
  );
}

/** In words, where the console knows the type. */
export function typeName(t: Translate<'models'>, type: string): string {
  const known = modelTypes.find((each) => each === type);
  return known ? t(known) : type;
}
