/**
 * oidc-provider, imported without its remark about a Node newer than the ones it lists: nobody who reads the
 * sandbox's terminal can act on that.
 */
const { warn } = console;
console.warn = () => undefined;
const library = await import('oidc-provider');
console.warn = warn;

export const { errors, Provider } = library;
export type Provider = InstanceType<typeof library.Provider>;
