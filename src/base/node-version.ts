const NODE_MAJOR = 26;

/**
 * For entries, before they load anything else: another Node would stumble over the modules before it could be told
 * why. Says so, with the command that brings the right one, and sets the exit code.
 */
export function runsOnRightNode(command: string): boolean {
  if (Number(process.versions.node.split('.')[0]) === NODE_MAJOR) return true;
  process.stderr.write(
    `This program needs Node.js ${NODE_MAJOR}; this is ${process.version}. "${command}" uses the right one.\n`,
  );
  process.exitCode = 1;
  return false;
}
