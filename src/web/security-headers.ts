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

/** On every answer: pages, redirects, errors and the tariff alike. */
export function securityHeaders(publicUrl: URL): RequestHandler[] {
  const https = publicUrl.protocol === 'https:';
  return [
    helmet({
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
    }),
    (_req, res, next) => {
      res.set({ 'permissions-policy': PERMISSIONS, 'cache-control': 'no-store' });
      next();
    },
  ];
}
