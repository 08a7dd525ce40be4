/** Setting for the gateway's public URL. */
import { webOrigin } from './values.ts';

export const publicUrl = webOrigin
  .refine((text) => text !== '*', 'must be an origin, such as https://ai.example.com')
  .meta({ format: 'origin' })
  .optional()
  .describe(
    'The address that clients and browsers reach the gateway by, such as https://ai.example.com, where it is behind a proxy: it is what a start prints and the OpenAPI document names; with https session cookies are `Secure`; pages of this origin are its own.',
  );
