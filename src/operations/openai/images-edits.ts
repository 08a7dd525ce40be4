/** `POST /v1/images/edits` */
import type { OperationDefinition } from '../operation.ts';
import { imagesBody, imagesShared } from './images-shared.ts';

export const imagesEdits: OperationDefinition = {
  ...imagesShared,
  at: { path: '/v1/images/edits', google: '/v1beta/openai/images/edits' },
  takes: 'either',
  openapi: { summary: 'Edit images', body: imagesBody },
  catalogue: { name: 'image-edit', serves: (type) => type === 'image' },
};
