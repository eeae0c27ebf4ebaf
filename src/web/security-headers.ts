import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** Nothing a page of ours does needs a capability of the device. */
const PERMISSIONS = [
  'accelerometer',
  'browsing-topics',
  'camera',
  'display-capture',
  'fullscreen',
  'geolocation',
  'gyroscope',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'publickey-credentials-get',
  'screen-wake-lock',
  'usb',
  'xr-spatial-tracking',
]
  .map((feature) => `${feature}=()`)
  .join(', ');

/**
 * What every answer carries: pages, redirects, errors and the tariff alike, and those that Node gives without us. The
 * same for all of them, so it is worked out once.
 */
export function protection(publicUrl: URL): Record<string, string> {
  const https = publicUrl.protocol === 'https:';
  const set = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        // Chromium checks the whole redirect chain behind a form against this; we never redirect a form off-site.
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // `no-referrer` would turn the Origin of our own forms into "null".
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: https ? { maxAge: 63_072_000, includeSubDomains: true } : false,
    xFrameOptions: { action: 'deny' },
  });
  const nobody = new IncomingMessage(new Socket());
  const sample = new ServerResponse(nobody);
  set(nobody, sample, () => undefined);
  // What may be kept says so itself.
  const headers: Record<string, string> = { 'permissions-policy': PERMISSIONS, 'cache-control': 'no-store' };
  for (const [name, value] of Object.entries(sample.getHeaders())) headers[name] = String(value);
  return headers;
}

export function securityHeaders(publicUrl: URL): RequestHandler {
  const headers = protection(publicUrl);
  return (_req, res, next) => {
    res.set(headers);
    next();
  };
}
