import { LRUCache } from 'lru-cache';
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';

const MOST = 20_000;

/** Storage in memory for one authorization server: what it issued is gone when the sandbox stops. */
export function memoryStorage(): AdapterFactory {
  const entries = new LRUCache<string, AdapterPayload>({ max: MOST });
  const find = (model: string, matches: (payload: AdapterPayload) => boolean): AdapterPayload | undefined => {
    for (const [key, payload] of entries) if (key.startsWith(`${model}:`) && matches(payload)) return payload;
    return undefined;
  };
  return (model): Adapter => ({
    upsert: (id, payload, expiresIn) => {
      entries.set(`${model}:${id}`, payload, expiresIn === undefined ? {} : { ttl: expiresIn * 1000 });
      return Promise.resolve();
    },
    find: (id) => Promise.resolve(entries.get(`${model}:${id}`)),
    findByUid: (uid) => Promise.resolve(find(model, (payload) => payload.uid === uid)),
    findByUserCode: (code) => Promise.resolve(find(model, (payload) => payload.userCode === code)),
    consume: (id) => {
      const payload = entries.get(`${model}:${id}`);
      if (payload) payload.consumed = Math.floor(Date.now() / 1000);
      return Promise.resolve();
    },
    destroy: (id) => {
      entries.delete(`${model}:${id}`);
      return Promise.resolve();
    },
    revokeByGrantId: (grantId) => {
      for (const [key, payload] of entries) if (payload.grantId === grantId) entries.delete(key);
      return Promise.resolve();
    },
  });
}
