interface Cookie {
  host: string;
  path: string;
  name: string;
  value: string;
}

export interface Stop {
  status: number;
  url: URL;
  text: string;
}

/**
 * A browser without pages: it keeps cookies by host and path, follows redirects, and stops before an address that
 * begins with `until`, where nobody listens in these tests.
 */
export class Visitor {
  readonly #until: string;
  #cookies: Cookie[] = [];
  /** Every address it was sent to, in order. */
  readonly visited: string[] = [];

  constructor(until: string) {
    this.#until = until;
  }

  get(url: string | URL): Promise<Stop> {
    return this.#go(new URL(url), { method: 'GET' });
  }

  post(url: string | URL, fields: Record<string, string>): Promise<Stop> {
    return this.#go(new URL(url), { method: 'POST', body: new URLSearchParams(fields) });
  }

  async #go(url: URL, init: RequestInit): Promise<Stop> {
    this.visited.push(url.href);
    if (url.href.startsWith(this.#until)) return { status: 0, url, text: '' };
    const cookie = this.#cookies
      .filter(({ host, path }) => host === url.hostname && url.pathname.startsWith(path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    const answer = await fetch(url, { ...init, headers: { cookie }, redirect: 'manual' });
    for (const header of answer.headers.getSetCookie()) this.#keep(url.hostname, header);
    const location = answer.headers.get('location');
    if (location !== null) return this.#go(new URL(location, url), { method: 'GET' });
    return { status: answer.status, url, text: await answer.text() };
  }

  #keep(host: string, header: string): void {
    const [pair = '', ...attributes] = header.split(/;\s*/);
    const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    const path = attributes.find((one) => /^path=/i.test(one))?.slice(5) ?? '/';
    this.#cookies = this.#cookies.filter((one) => one.host !== host || one.name !== name || one.path !== path);
    if (value !== '') this.#cookies.push({ host, path, name, value });
  }
}
