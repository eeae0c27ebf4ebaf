/** `npm run sandbox`: the whole world on one machine. */
const WANTED = '26';
const [major] = process.versions.node.split('.');

if (major === WANTED) {
  // Imported only now: an older Node would stumble over the parts before it could be told why.
  const { run } = await import('./command.ts');
  await run(process.argv);
} else {
  console.error(`This needs Node ${WANTED}; it was started with ${process.version}. Use: npm run sandbox`);
  process.exitCode = 1;
}
