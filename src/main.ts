import { runsOnRightNode } from './base/node-version.ts';

/** The entry of `npm start`. */
if (runsOnRightNode('npm start')) {
  const { run } = await import('./process.ts');
  await run();
}
