import { causeOf, codeOf } from '../../src/base/failure.ts';
import { isMigrated, migrate, openDatabase, type DatabaseAddress } from '../../src/store/database.ts';

/** One of several processes that bring the same database up to date: told its address, it says what came of it. */
process.on('message', (address: DatabaseAddress) => {
  void bringUpToDate(address).then((outcome) => process.send?.(outcome));
});

async function bringUpToDate(address: DatabaseAddress): Promise<string> {
  const database = openDatabase(address, () => undefined);
  try {
    await migrate(database);
    return (await isMigrated(database)) ? 'migrated' : 'not migrated';
  } catch (error) {
    return `${codeOf(error)} ${causeOf(error) ?? ''}`;
  } finally {
    await database.destroy();
  }
}
