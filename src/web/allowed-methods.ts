import { Router, type RequestHandler } from 'express';
import { Failure } from '../base/failure.ts';

/** What is used up by being read is not for whoever asks for its head alone. */
export const notForHeads: RequestHandler = (_req, res, next) => {
  res.set('allow', 'GET');
  next(new Failure('method_not_allowed'));
};

/** What Express lists of a router; its types do not know of it yet. */
interface Listed {
  path: string | RegExp;
  /** `*` for every method; undefined for a router mounted there. */
  methods?: string[] | undefined;
  router?: Lister | undefined;
}
interface Lister {
  listRoutes(): Listed[];
}

/** Every address that `router` and those mounted in it answer, with its methods. */
export function routesOf(router: Router): { path: string; methods: string[] }[] {
  const list = (lister: Lister, prefix: string): { path: string; methods: string[] }[] =>
    lister.listRoutes().flatMap(({ path, methods, router: mounted }) => {
      const full = `${prefix}${String(path)}`.replace(/\/+/g, '/');
      return mounted ? list(mounted, full) : [{ path: full, methods: methods ?? [] }];
    });
  return list(router as unknown as Lister, '');
}

/**
 * Goes behind all routes: an address that is known, asked with a method it does not have, says which it has (RFC 9110
 * §15.5.6).
 */
export function refuseOtherMethods(known: Router): Router {
  const allowed = new Map<string, Set<string>>();
  for (const { path, methods } of routesOf(known)) {
    allowed.set(path, new Set([...(allowed.get(path) ?? []), ...methods]));
  }
  const router = Router();
  for (const [path, methods] of allowed) {
    if (methods.has('*')) continue;
    const allow = [...methods].sort().join(', ');
    router.all(path, (_req, res, next) => {
      res.set('allow', allow);
      next(new Failure('method_not_allowed'));
    });
  }
  return router;
}
