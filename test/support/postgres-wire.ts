import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** The network between the adapter and PostgreSQL, where a connection can be cut in the middle of a statement. */
export interface PostgresWire {
  /** The database's address as reached through it. */
  url: string;
  /**
   * Cuts the connection of the n-th statement from now on, either before it arrives or once it has been carried out and
   * is being answered. `isMeant` says which statements are counted.
   */
  cut(nth: number, when: 'before' | 'after', isMeant?: (statement: string) => boolean): void;
  /** Nothing is cut any more. */
  mend(): void;
  hasCut(): boolean;
  close(): Promise<void>;
}

export async function startPostgresWire(database: string): Promise<PostgresWire> {
  let next: { left: number; when: 'before' | 'after'; isMeant: (statement: string) => boolean } | null = null;
  let hasCut = false;
  const sockets = new Set<Socket>();
  const server = createServer((adapter) => {
    const postgres = connect(whereIs(database));
    let greeted = false;
    let answerIsLost = false;
    const drop = () => {
      adapter.destroy();
      postgres.destroy();
    };
    for (const socket of [adapter, postgres]) {
      sockets.add(socket);
      socket.once('close', () => (drop(), sockets.delete(socket)));
      socket.on('error', drop);
    }
    adapter.on('data', (said: Buffer) => {
      // The driver asks one thing at a time and sends each in one piece; what comes first is its greeting.
      const counted = greeted && next?.isMeant(said.toString('latin1')) === true;
      greeted = true;
      const when = counted && next && (next.left -= 1) === 0 ? next.when : null;
      if (when !== null) {
        next = null;
        hasCut = true;
      }
      if (when === 'after') answerIsLost = true;
      if (when === 'before') drop();
      else postgres.write(said);
    });
    postgres.on('data', (answer: Buffer) => {
      if (!answerIsLost) adapter.write(answer);
      else if (isEnd(answer)) drop();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(database);
  url.search = '';
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cut: (nth, when, isMeant = () => true) => {
      next = { left: nth, when, isMeant };
      hasCut = false;
    },
    mend: () => {
      next = null;
    },
    hasCut: () => hasCut,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** ReadyForQuery: the statement has been carried out. */
const isEnd = (answer: Buffer): boolean => answer.subarray(-6, -1).equals(Buffer.from('Z\0\0\0\x05', 'latin1'));

function whereIs(database: string) {
  const { hostname, port, searchParams } = new URL(database);
  const folder = searchParams.get('host');
  return folder === null ? { host: hostname, port: Number(port || 5432) } : { path: `${folder}/.s.PGSQL.5432` };
}
