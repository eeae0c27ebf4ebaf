import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { findChromium, findPostgres, findRedis } from '../test/support/programs.ts';

/**
 * Runs before the tests: what they need beside Node is a browser, a PostgreSQL server and Redis. Whatever is missing
 * is installed where that may be done (root on Debian), else named with the command that installs it.
 */

const { env } = process;

interface Need {
  name: string;
  /** Null when a variable names the program: installing another would not help. */
  debianPackage: string | null;
  isThere: () => boolean;
}

const NEEDS: readonly Need[] = [
  env.CHROMIUM_PATH
    ? { name: 'the program CHROMIUM_PATH names', debianPackage: null, isThere: () => findChromium(env) !== null }
    : { name: 'Chromium', debianPackage: 'chromium', isThere: () => findChromium(env) !== null },
  {
    name: 'the PostgreSQL server programs (or TEST_DATABASE_URL, naming a server that runs already)',
    debianPackage: 'postgresql',
    isThere: () => Boolean(env.TEST_DATABASE_URL) || findPostgres(env) !== null,
  },
  { name: 'redis-server', debianPackage: 'redis-server', isThere: () => findRedis(env) !== null },
];

const missing = (): Need[] => NEEDS.filter((need) => !need.isThere());
const packagesOf = (needs: readonly Need[]): string[] => needs.flatMap(({ debianPackage }) => debianPackage ?? []);

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const APT_GET = '/usr/bin/apt-get';
const INSTALL = ['install', '-y', '--no-install-recommends'];
const mayInstall = process.getuid?.() === 0 && existsSync(APT_GET);

function aptGet(...args: string[]): boolean {
  const quiet = { ...env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync(APT_GET, ['-q', ...args], { env: quiet, stdio: 'inherit' }).status === 0;
}

/** Packages ask this program before they start their services; 101 forbids it. The tests start their own. */
const POLICY = '/usr/sbin/policy-rc.d';

function withoutServices(install: () => void): void {
  if (existsSync(POLICY)) {
    install();
    return;
  }
  writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    install();
  } finally {
    rmSync(POLICY, { force: true });
  }
}

const wanted = packagesOf(missing());
if (wanted.length > 0 && mayInstall) {
  say(`Installing what the tests need: ${wanted.join(', ')}`);
  withoutServices(() => {
    if (aptGet('update')) aptGet(...INSTALL, ...wanted);
  });
}

const left = missing();
if (left.length === 0) {
  say('The tests have what they need: Chromium, PostgreSQL, Redis.');
} else {
  say('The tests need what is not here:');
  for (const { name } of left) say(`  - ${name}`);
  const packages = packagesOf(left);
  if (packages.length > 0) {
    say('On Debian or Ubuntu this installs it:');
    say(`  sudo apt-get update && sudo apt-get ${INSTALL.join(' ')} ${packages.join(' ')}`);
  }
  process.exitCode = 1;
}
