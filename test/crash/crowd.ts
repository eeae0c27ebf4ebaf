import type { FlatpeakEmulator } from '../../src/sandbox/flatpeak/emulator.ts';
import type { Chance } from './chance.ts';
import { loginOf } from './plan.ts';
import { walk, type Surroundings, type Visit } from './visit.ts';

/** Customers who come one after another, several at a time. */
export interface Crowd {
  visits: Visit[];
  visitOf(token: string): Visit | undefined;
  /** Nobody new comes in; resolves when the last has left. */
  closing(): Promise<void>;
}

export interface CrowdParts {
  flatpeak: FlatpeakEmulator;
  /** How many are there at any time. */
  size: number;
  chance: Chance;
  around: Surroundings;
}

const APP = 'http://localhost:1/app';

export function gather({ flatpeak, size, chance, around }: CrowdParts): Crowd {
  const visits: Visit[] = [];
  const byToken = new Map<string, Visit>();
  let open = true;

  /** Recipients of their own, so that grants do not replace each other; now and then the one of before, so that they do. */
  const arrive = (place: number, number: number, before: Visit | undefined): Visit => {
    const name = `${place}.${number}`;
    const own = chance.of(name);
    const again = before !== undefined && own.of('account').happens(0.15);
    const [template] = flatpeak.apps;
    if (!template) throw new Error('the sandbox has no app');
    const account = again ? before.account : `acc_${name}`;
    const app = { ...template, id: account, displayName: `App ${account}` };
    const token = flatpeak.createConnectToken({ callbackUrl: APP, connectUrl: APP, app });
    const visit: Visit = {
      name,
      token,
      login: again ? before.login : loginOf(own),
      account,
      chance: own,
      possible: new Set(),
      presses: 0,
      acknowledgedBy: null,
      told: null,
      end: null,
      complaints: [],
    };
    visits.push(visit);
    byToken.set(token, visit);
    return visit;
  };

  const one = async (place: number): Promise<void> => {
    let before: Visit | undefined;
    for (let number = 1; open; number += 1) {
      const visit = arrive(place, number, before);
      await walk(visit, around).catch((error: unknown) => {
        visit.complaints.push(error instanceof Error ? error.message : String(error));
      });
      before = visit;
    }
  };
  const all = Promise.all(Array.from({ length: size }, (_, place) => one(place)));

  return {
    visits,
    visitOf: (token) => byToken.get(token),
    closing: async () => {
      open = false;
      await all;
    },
  };
}
