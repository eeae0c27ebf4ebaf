import { beforeEach, describe, expect, test } from '@jest/globals';
import { useSharing } from '../sharing/sharing-store.ts';
import { DAY, HOUR } from '../support/clock.ts';
import { DATABASE_KINDS } from '../support/databases.ts';
import { adapter, beside, serviceEnv } from './support.ts';

describe.each(DATABASE_KINDS)('adapter grants (%s)', (kind) => {
  const { store, flatpeak, parts, allowed, statusOf, recordsOf } = useSharing(kind);
  const run = beside(store);

  beforeEach(() => {
    flatpeak.answer = () => Promise.resolve({ verdict: 'accepted', code: 'http_200' });
  });
  async function delivered(given: Parameters<typeof allowed>[0] = {}) {
    const grant = await allowed(given);
    await parts().outbox.deliverDue();
    return grant;
  }
  const lose = (id: string) =>
    store.database.updateTable('grants').set({ binding_sealed: 'gone:x:y:z' }).where('id', '=', id).execute();
  const listed = async (...argv: string[]) => {
    const { out } = await run('grants', 'list', ...argv, '--json');
    return (JSON.parse(out) as { grants: { grant: string }[] }).grants.map(({ grant }) => grant);
  };

  describe('list', () => {
    test('shows a customer’s grants, live and ended, the newest first', async () => {
      const first = await delivered({ sub: 'ann' });
      await parts().grants.touch(first.id, store.clock.now() + HOUR);
      store.clock.advance(DAY);
      const second = await delivered({ sub: 'ann' });
      await delivered({ sub: 'ben' });
      const { code, out, err } = await run('grants', 'list', '--customer', 'ann');
      expect([code, err]).toEqual([0, '']);
      expect(out.split('\n')).toEqual([
        'grant                       status         granted     ended       last read   supply                read by',
        `${second.id}  active         2026-06-17  -           -           supply-1              Heat Maker (acc_1)`,
        `${first.id}  replaced       2026-06-16  2026-06-17  2026-06-16  supply-1              Heat Maker (acc_1)`,
        '2 grants.',
        '',
      ]);
    });

    test('says that a customer has none', async () => {
      expect(await run('grants', 'list', '--customer', 'nobody')).toEqual({ code: 0, out: '0 grants.\n', err: '' });
    });

    test('finds them by account, supply and recipient, and live ones only', async () => {
      const home = await delivered({ supply: 'S-1', account: 'A-1' });
      const flat = await delivered({ supply: 'S-2', account: 'A-1', recipient: 'acc_2' });
      await parts().withdrawals.withdraw(home.id, 'customer');
      expect(await listed('--supply', 'S-1')).toEqual([home.id]);
      expect((await listed('--account', 'A-1')).sort()).toEqual([home.id, flat.id].sort());
      expect(await listed('--recipient', 'acc_2')).toEqual([flat.id]);
      expect(await listed('--all', '--live')).toEqual([flat.id]);
    });

    test('says how many could not be opened, and ends with 1', async () => {
      const [lost, found] = [await delivered({ supply: 'S-1' }), await delivered({ supply: 'S-2' })];
      await lose(lost.id);
      const { code, out, err } = await run('grants', 'list', '--supply', 'S-2');
      expect([code, err]).toEqual([1, '1 grant cannot be opened: a key is missing from ENCRYPTION_KEYS.\n']);
      expect(out).toContain(found.id);
    });

    test.each([[[]], [['--all', '--customer', 'ann']]])('of %j: 2, for nobody knows which', async (argv) => {
      expect(await run('grants', 'list', ...argv)).toMatchObject({ code: 2, out: '' });
    });

    test('with other keys than the service’s refuses before it does anything', async () => {
      await delivered();
      const env = serviceEnv(store.address, [{ kid: 'other', key: Buffer.alloc(32) }]);
      for (const command of ['list', 'revoke']) {
        const { code, err } = await adapter(['grants', command, '--all', ...(command === 'revoke' ? ['--yes'] : [])], {
          env,
        });
        expect([code, err]).toEqual([1, expect.stringContaining('no key that opens this database')]);
      }
      expect(await listed('--all', '--live')).toHaveLength(1);
    });
  });

  describe('show', () => {
    test('says what was agreed to, and how it stands', async () => {
      const grant = await delivered({ sub: 'ann' });
      store.clock.advance(DAY);
      await run('grants', 'revoke', grant.id);
      const { code, out } = await run('grants', 'show', grant.id);
      expect(code).toBe(0);
      expect(out.split('\n').map((line) => line.trimEnd())).toEqual([
        `  grant           ${grant.id}`,
        '  status          withdrawn by the provider',
        '  read by         Heat Maker (acc_1)',
        '  customer        ann',
        '  supply          supply-1',
        '                  Home',
        '                  12 Mill Lane',
        '                  Bristol BS1 4ND',
        '                  GB',
        '  tariff          Go 12M',
        '  granted         2026-06-16T11:00:00Z',
        '  expires         2027-06-16T11:00:00Z',
        '  ended           2026-06-17T11:00:00Z',
        '  last read       -',
        '  at Flatpeak     delivered',
        `  decision        ${grant.decisionId}`,
        '  text agreed to  en-1 (en) digest-of-the-text',
        '',
      ]);
    });

    test('as JSON', async () => {
      const grant = await delivered({ sub: 'ann' });
      expect(JSON.parse((await run('grants', 'show', grant.id, '--json')).out)).toMatchObject({
        grant: grant.id,
        status: 'active',
        recipient: { id: 'acc_1', name: 'Heat Maker' },
        customer: { sub: 'ann' },
        supply: { id: 'supply-1', account_id: 'A-1', label: 'Home' },
        granted_at: '2026-06-16T11:00:00Z',
        ended_at: null,
      });
    });

    test('of one nobody knows: 1', async () => {
      expect(await run('grants', 'show', 'grt_x')).toEqual({ code: 1, out: '', err: 'There is no grant grt_x.\n' });
    });

    test('never shows its token', async () => {
      const grant = await delivered();
      expect((await run('grants', 'show', grant.id, '--json')).out).not.toContain(grant.token);
    });
  });

  describe('export', () => {
    test('writes one grant a line', async () => {
      const grants = [await delivered({ supply: 'S-1' }), await delivered({ supply: 'S-2' })];
      const { code, out } = await run('grants', 'export', '--all');
      const lines = out.trimEnd().split('\n');
      expect(code).toBe(0);
      expect(lines.map((line) => (JSON.parse(line) as { grant: string }).grant).sort()).toEqual(
        grants.map(({ id }) => id).sort(),
      );
    });
  });

  describe('revoke', () => {
    test('ends sharing, on record as the provider’s doing', async () => {
      const grant = await delivered();
      expect(await run('grants', 'revoke', grant.id)).toEqual({ code: 0, out: `${grant.id} is withdrawn.\n`, err: '' });
      expect(await statusOf(grant)).toBe('withdrawn');
      expect(await recordsOf(grant.decisionId)).toContainEqual({
        event: 'withdrawn',
        grant: grant.id,
        said: { by: 'provider' },
      });
    });

    test('by name says what became of each, and ends with 1 for one nobody knows', async () => {
      const [ended, live] = [await delivered({ supply: 'S-1' }), await delivered({ supply: 'S-2' })];
      await run('grants', 'revoke', ended.id);
      expect(await run('grants', 'revoke', ended.id, 'grt_x', live.id)).toEqual({
        code: 1,
        out: `${ended.id} had ended before, and stays as it is.\n${live.id} is withdrawn.\n`,
        err: 'grt_x is not known.\n',
      });
      expect(await statusOf(live)).toBe('withdrawn');
    });

    test('of a customer ends all of theirs, and nobody else’s', async () => {
      const theirs = [await delivered({ sub: 'ann', supply: 'S-1' }), await delivered({ sub: 'ann', supply: 'S-2' })];
      const other = await delivered({ sub: 'ben' });
      expect(await run('grants', 'revoke', '--customer', 'ann')).toMatchObject({
        code: 0,
        out: '2 grants withdrawn.\n',
      });
      expect(await Promise.all([...theirs, other].map(statusOf))).toEqual(['withdrawn', 'withdrawn', 'active']);
      expect(await run('grants', 'revoke', '--customer', 'ann')).toMatchObject({
        code: 0,
        out: '0 grants withdrawn.\n',
      });
    });

    test.each([['--all'], ['--recipient', 'acc_1']])('of many asks first: %s %s', async (...argv) => {
      const grants = [await delivered({ sub: 'ann' }), await delivered({ sub: 'ben' })];
      const { code, err } = await run('grants', 'revoke', ...argv);
      expect([code, err]).toEqual([
        2,
        'error: this would end 2 live grants, perhaps of many customers; if so, --yes\n',
      ]);
      expect(await Promise.all(grants.map(statusOf))).toEqual(['active', 'active']);
      expect(await run('grants', 'revoke', ...argv, '--yes')).toMatchObject({ code: 0, out: '2 grants withdrawn.\n' });
      expect(await Promise.all(grants.map(statusOf))).toEqual(['withdrawn', 'withdrawn']);
    });

    test('says how many it could not open, and ends with 1', async () => {
      const [lost, found] = [await delivered({ supply: 'S-1' }), await delivered({ supply: 'S-2' })];
      await lose(lost.id);
      const { code, out, err } = await run('grants', 'revoke', '--supply', 'S-2');
      expect([code, out]).toEqual([1, '1 grant withdrawn.\n']);
      expect(err).toContain('1 live grant cannot be opened');
      expect(await statusOf(found)).toBe('withdrawn');
    });

    test('as JSON', async () => {
      const grant = await delivered({ sub: 'ann' });
      expect(JSON.parse((await run('grants', 'revoke', '--customer', 'ann', '--json')).out)).toEqual({
        withdrawn: 1,
        unreadable: 0,
      });
      expect(JSON.parse((await run('grants', 'revoke', grant.id, '--json')).out)).toEqual({
        grants: [{ grant: grant.id, result: 'ended' }],
      });
    });

    test.each([[[]], [['grt_x', '--customer', 'ann']]])('of %j: 2, for nobody knows which', async (argv) => {
      expect(await run('grants', 'revoke', ...argv)).toMatchObject({ code: 2 });
    });

    test('shows its progress to whoever watches', async () => {
      await delivered({ supply: 'S-1' });
      const now = new Date(store.clock.now()).toISOString();
      const env = serviceEnv(store.address, store.keys);
      const { err } = await adapter(['grants', 'revoke', '--supply', 'S-1'], { now, env, tty: true });
      expect(err).toContain('1 of 1, grants looked at');
    });
  });
});
