/** Settings of TLS on the listener. */
import { z } from 'zod';

const path = (text: string) => z.string().min(1).optional().describe(text);

export const tlsSettings = z
  .strictObject({
    cert_path: path(
      'File with the certificate of `listen` and its chain, as PEM. With `tls.key_path` the listener uses HTTPS (TLS 1.2 and newer) instead of HTTP. The gateway reads the file again when it changes, without closing connections.',
    ),
    key_path: path('File with the private key of that certificate, as PEM, without a passphrase.'),
  })
  .prefault({});
