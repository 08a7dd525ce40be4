/** A labelled form control with its hint and its error, over Base UI's Field. */
import { Field as BaseField } from '@base-ui/react/field';
import type { ComponentProps, ReactNode } from 'react';
import { useMessages } from '../i18n/messages.ts';
import { classNames } from './class-names.ts';
import styles from './field.module.css';
import { type Choice, Options } from './select.tsx';
import hidden from './visually-hidden.module.css';

interface FieldFrameProps {
  readonly label: string;
  /** Below the control: what to enter, with units. */
  readonly hint?: ReactNode;
  /** What is wrong and what to do; undefined = nothing. */
  readonly error?: string | undefined;
  readonly optional?: boolean;
  /** Only screen readers get the label, for filters. */
  readonly isLabelHidden?: boolean;
  readonly children: ReactNode;
}

/** The frame of any control: label above, hint and error below. */
export function FieldFrame(props: FieldFrameProps) {
  const { label, hint, error, optional = false, isLabelHidden = false, children } = props;
  const t = useMessages('common');
  return (
    <BaseField.Root className={styles.field} invalid={error !== undefined}>
      <BaseField.Label className={isLabelHidden ? hidden.hidden : styles.label}>
        {label}
        {optional && <span className={styles.optional}>{t('optional')}</span>}
      </BaseField.Label>
      {children}
      {hint !== undefined && <BaseField.Description className={styles.hint}>{hint}</BaseField.Description>}
      {error !== undefined && (
        <BaseField.Error match className={styles.error}>
          {error}
        </BaseField.Error>
      )}
    </BaseField.Root>
  );
}

type FrameProps = Omit<FieldFrameProps, 'children'>;

interface TextFieldProps extends FrameProps, ComponentProps<'input'> {
  /** Before or after the input, for example `$`. */
  readonly prefix?: string;
  readonly suffix?: string;
  readonly monospace?: boolean;
  /** A button at the end, for example to show a password. */
  readonly action?: ReactNode;
}

export function TextField(props: TextFieldProps) {
  const { label, hint, error, optional, prefix, suffix, monospace, action, ...input } = props;
  return (
    <FieldFrame {...({ label, hint, error, optional } as FrameProps)}>
      <span className={styles.inputRow}>
        {prefix !== undefined && <span className={styles.affix}>{prefix}</span>}
        <BaseField.Control
          {...input}
          className={classNames(styles.input, monospace && styles.monospace)}
          autoComplete={input.autoComplete ?? 'off'}
        />
        {suffix !== undefined && <span className={styles.affix}>{suffix}</span>}
        {action}
      </span>
    </FieldFrame>
  );
}

interface TextAreaFieldProps extends FrameProps, ComponentProps<'textarea'> {
  readonly monospace?: boolean;
}

export function TextAreaField({ label, hint, error, optional, monospace, ...area }: TextAreaFieldProps) {
  return (
    <FieldFrame {...({ label, hint, error, optional } as FrameProps)}>
      <BaseField.Control
        render={<textarea {...area} className={classNames(styles.area, monospace && styles.monospace)} />}
      />
    </FieldFrame>
  );
}

interface SelectFieldProps extends FrameProps, ComponentProps<'select'> {
  readonly choices: readonly Choice[];
}

/** A choice of few. The browser's own control: it works on phones and costs nothing. */
export function SelectField({ label, hint, error, optional, choices, ...select }: SelectFieldProps) {
  return (
    <FieldFrame {...({ label, hint, error, optional } as FrameProps)}>
      <BaseField.Control
        render={
          <select {...select} className={styles.select}>
            <Options choices={choices} />
          </select>
        }
      />
    </FieldFrame>
  );
}
