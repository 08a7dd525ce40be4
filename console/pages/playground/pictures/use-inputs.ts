/** The pictures that are to be edited, with the mask of the first. */
import { useRef, useState } from 'react';
import { announce } from '../../../components/announcer.tsx';
import { useMessages } from '../../../i18n/messages.ts';
import { acceptFiles, type InputPicture, inputsMax, type RefusedFile } from './input-files.ts';
import type { MaskStep } from './mask.ts';
import { maskFile, pictureUnderMask } from './mask-files.ts';
import type { PictureInputs } from './picture-request.ts';

export interface UseInputs {
  readonly pictures: readonly InputPicture[];
  /** The files of the last addition that were not taken. */
  readonly refused: readonly RefusedFile[];
  readonly add: (files: readonly File[]) => void;
  readonly remove: (id: number) => void;
  /** What was done to the mask of the first picture. */
  readonly steps: readonly MaskStep[];
  readonly setSteps: (steps: readonly MaskStep[]) => void;
  /** Whether there is a mask that was never sent as it is now. */
  readonly isUnsent: boolean;
  readonly markSent: () => void;
  /** @throws Error, DOMException when the mask cannot be made of this picture */
  readonly files: () => Promise<PictureInputs>;
}

const noSteps: readonly MaskStep[] = [];

export function useInputs(): UseInputs {
  const t = useMessages('pictures');
  const [pictures, setPictures] = useState<readonly InputPicture[]>([]);
  const [refused, setRefused] = useState<readonly RefusedFile[]>([]);
  const [mask, setMask] = useState<{ of: number; steps: readonly MaskStep[] }>();
  const sent = useRef(noSteps);
  const [first] = pictures;
  const steps = mask !== undefined && mask.of === first?.id ? mask.steps : noSteps;

  const add = async (files: readonly File[]) => {
    const result = await acceptFiles(files, inputsMax - pictures.length);
    setPictures((before) => [...before, ...result.accepted].slice(0, inputsMax));
    setRefused(result.refused);
    if (result.accepted.length > 0) announce(t('added', { count: result.accepted.length }));
  };
  const files = async (): Promise<PictureInputs> => {
    const own = pictures.map(({ file }) => file);
    if (first === undefined) return { pictures: own, mask: undefined };
    const made = await maskFile(first, steps);
    if (made === undefined) return { pictures: own, mask: undefined };
    return { pictures: [await pictureUnderMask(first), ...own.slice(1)], mask: made };
  };
  return {
    pictures,
    refused,
    add: (more) => void add(more),
    remove: (id) => {
      setPictures((before) => before.filter((picture) => picture.id !== id));
      setRefused([]);
    },
    steps,
    setSteps: (next) => first && setMask({ of: first.id, steps: next }),
    isUnsent: steps.length > 0 && steps !== sent.current,
    markSent: () => {
      sent.current = steps;
    },
    files,
  };
}
