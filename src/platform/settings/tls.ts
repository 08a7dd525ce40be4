/** Settings of TLS on the listener. */
import { z } from 'zod';

const path = (text: string) => z.string().min(1).optional().describe(text);

export const tlsSettings = z
  .strictObject({
    cert_path: path(
      'File with the certificate of `listen` and its chain, as PEM. With `tls.key_path` the listener speaks HTTPS (TLS 1.2 and newer) in place of HTTP. Read again when it changes; no connection is closed for that.',
    ),
    key_path: path('File with the private key of that certificate, as PEM, without a passphrase.'),
  })
  .prefault({});
