import { execFile } from 'node:child_process';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { flat } from '../tariff/model/fixtures.ts';
import { DATABASE_KINDS, newAddress } from '../support/databases.ts';
import { fileOf, removeFiles, serviceEnv } from './support.ts';

afterAll(removeFiles);

const main = path.resolve(import.meta.dirname, '../../src/cli/main.ts');

/** The command as a process of its own, in a folder that is not the project's. */
const spawned = (...argv: string[]) => spawnedWith({}, ...argv);
const spawnedWith = (env: Record<string, string>, ...argv: string[]) =>
  new Promise<{ code: number | string | null; out: string; err: string }>((resolve) => {
    execFile(
      process.execPath,
      [main, ...argv],
      { cwd: '/', env: { PATH: process.env.PATH, ...env } },
      (error, out, err) => resolve({ code: error === null ? 0 : (error.code ?? null), out, err }),
    );
  });

describe('the process', () => {
  test('ends with 0 and plain text when a tariff could be served', async () => {
    const payload = fileOf('payload.json', flat());
    const { code, out, err } = await spawned('tariff', 'check', payload, '--at', '2026-05-12T11:00:00Z');
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('This tariff can be served.');
    expect(out).not.toContain('\u001b');
  });

  test.each(DATABASE_KINDS)('lets go of its database and ends (%s)', async (kind) => {
    const env = serviceEnv(await newAddress(kind), []);
    expect(await spawnedWith(env, 'migrate')).toMatchObject({ code: 0, err: '' });
    const { code, out, err } = await spawnedWith(env, 'outbox', 'list');
    expect([code, out, err]).toEqual([0, '0 submissions waiting or parked.\n', '']);
  });

  test('ends with 1 when not', async () => {
    const { code } = await spawned('tariff', 'check', fileOf('payload.json', {}));
    expect(code).toBe(1);
  });

  test('ends with 2 and a reason on standard error for a wrong command line', async () => {
    const { code, out, err } = await spawned('tariff', 'chek');
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('check');
  });
});
