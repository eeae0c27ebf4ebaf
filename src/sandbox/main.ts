import { runsOnRightNode } from '../base/node-version.ts';

/** `npm run sandbox`: the whole world on one machine. */
if (runsOnRightNode('npm run sandbox')) {
  const { run } = await import('./command.ts');
  await run(process.argv);
}
