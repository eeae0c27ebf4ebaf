import { expect, jest, test } from '@jest/globals';
import { crash, DATABASES } from './run.ts';

/**
 * The adapter is killed while customers decide, a few times; docs/crash-tests.md has the long run, and what is checked.
 */

jest.setTimeout(240_000);

test.each(DATABASES)('killed amid decisions, the adapter loses none and invents none (%s)', async (database) => {
  const report = await crash({ kills: 8, seed: 'short', database, customers: 8, waitForLeases: false });
  expect(report).toMatchObject({ lost: [], invented: [], wrong: [], exitCode: 0 });
  expect(report.decisions).toBeGreaterThanOrEqual(8);
  expect(report.killsOverPress + report.killsOverSubmission).toBeGreaterThan(0);
});
