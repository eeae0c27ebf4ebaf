/**
 * Loaded into a process before its own program: it ends when its standard input does, which comes also when whoever
 * started it was killed.
 */
process.stdin.once('end', () => process.kill(process.pid, 'SIGKILL'));
process.stdin.resume();
// It keeps nobody from ending by themselves.
(process.stdin as unknown as { unref(): void }).unref();
