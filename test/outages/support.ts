import { expect } from '@jest/globals';
import type { AdapterWorld } from '../support/adapter-world.ts';
import type { Shown } from '../support/customer.ts';

/** A page that promises nothing, blames nobody, names no part of ours and leads on. */
export function expectTryLater(page: Shown): void {
  expect(page).toMatchObject({ status: 503, step: 'error', reason: 'try_later' });
  expect(page.headers.get('retry-after')).toBe('30');
  expect(page.document.querySelector('.help .code')?.text).toMatch(/^[A-Z2-9]{8}$/);
  expect(page.html).not.toMatch(/ECONN|ENOENT|SQL|postgres|database/i);
  againFrom(page);
}

/** Where "Try again" leads. */
export function againFrom(page: Shown): string {
  const link = page.document.querySelectorAll('.choices a').find((one) => one.text === 'Try again');
  const href = link?.getAttribute('href');
  if (href === undefined) throw new Error(`nothing to try again on ${page.url}: ${page.html.slice(0, 500)}`);
  return new URL(href, page.url).href;
}

/** Every time something was sent about this token, accepted or not. */
export const submissionsFor = (adapter: AdapterWorld, token: string) =>
  adapter.world.flatpeak.requests.filter(({ method, path }) => method === 'POST' && path.endsWith(token));
