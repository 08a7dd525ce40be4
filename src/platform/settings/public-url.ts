/** Setting for the gateway's public URL. */
import { webOrigin } from './values.ts';

export const publicUrl = webOrigin
  .refine((text) => text !== '*', 'must be an origin, such as https://ai.example.com')
  .meta({ format: 'origin' })
  .optional()
  .describe(
    'The address at which clients and browsers reach a gateway behind a proxy, such as https://ai.example.com. The gateway prints it at the start and puts it into the OpenAPI document. With https, session cookies are `Secure`. Pages of this origin count as pages of the gateway.',
  );
