const NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);

/** True for addresses of this machine, the only ones that may be plain http. */
export const isLocal = (url: URL): boolean => NAMES.has(url.hostname);
