/** The entry. Nothing else is loaded before Node's version is known, so that another one gets a sentence, not a stack. */

const NODE_MAJOR = 26;

if (Number(process.versions.node.split('.')[0]) === NODE_MAJOR) {
  const { run } = await import('./process.ts');
  await run();
} else {
  process.stderr.write(
    `The adapter needs Node.js ${NODE_MAJOR}; this is ${process.version}. "npm start" brings the right one.\n`,
  );
  process.exitCode = 1;
}
