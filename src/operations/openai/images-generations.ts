/** `POST /v1/images/generations` */
import type { OperationDefinition } from '../operation.ts';
import { imagesBody, imagesShared } from './images-shared.ts';

export const imagesGenerations: OperationDefinition = {
  ...imagesShared,
  at: { path: '/v1/images/generations', google: '/v1beta/openai/images/generations' },
  openapi: { summary: 'Images', body: imagesBody },
  catalogue: { name: 'image-generation', serves: (type) => type === 'image' },
};
