/** What the address of the playground holds. */

import { protocolIds } from '../../features/model-request/protocol-ids.ts';
import { choice, flag, number, positive, type SearchOf, searchParameters, text } from '../search-fields.ts';
import { backgrounds, outputFormats, qualities, stageCounts } from './pictures/picture-choices.ts';

/** What is asked for, besides conversations. */
export const otherPanes = ['speech', 'transcription', 'picture', 'video', 'realtime'] as const;

export type OtherPane = (typeof otherPanes)[number];

export const playgroundSearch = searchParameters({
  pane: choice(otherPanes),
  key: positive,
  model: text,
  protocol: choice(protocolIds),
  /** The second of two models that are compared. */
  model2: text,
  protocol2: choice(protocolIds),
  compare: flag,
  temperature: number,
  top_p: number,
  max_tokens: number,
  seed: number,
  /** Whole responses. */
  whole: flag,
  voice: text,
  format: text,
  size: text,
  quality: choice(qualities),
  background: choice(backgrounds),
  output: choice(outputFormats),
  count: positive,
  /** Of a picture, while it is drawn. */
  stages: choice(stageCounts),
  seconds: text,
  /** The job that is shown. */
  job: text,
  /** The model that writes down what the user says in a realtime session; `off` = none. */
  transcriber: text,
  /** The user of a realtime session says himself when he has finished. */
  push: flag,
});

export type PlaygroundSearch = SearchOf<typeof playgroundSearch>;
