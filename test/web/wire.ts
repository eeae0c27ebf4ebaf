import { connect, type Socket } from 'node:net';

/** A client that puts bytes on the wire and sees what comes back, where an HTTP library would be too polite. */
export interface Wire {
  socket: Socket;
  say: (bytes: string) => void;
  /** Everything that has come so far. */
  heard(): string;
  /** When the other side has closed the connection: how long that took, from its opening. */
  closed: Promise<number>;
}

export function openWire(port: number, bytes = ''): Wire {
  const opened = performance.now();
  let heard = '';
  // A hostile client does not hang up when it is told to.
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.setEncoding('latin1').on('data', (chunk: string) => (heard += chunk));
  const closed = new Promise<number>((resolve) => {
    const done = () => resolve(performance.now() - opened);
    // Told to go, an orderly client goes; being reset is as good.
    socket.once('end', done).once('close', done).on('error', done);
  });
  if (bytes !== '') socket.write(bytes);
  return { socket, say: (more) => void socket.write(more), heard: () => heard, closed };
}

/** Says this, and takes whatever comes until the other side closes. */
export async function saidAndHeard(port: number, bytes: string): Promise<string> {
  const wire = openWire(port, bytes);
  await wire.closed;
  wire.socket.destroy();
  return wire.heard();
}

/** Status and headers of one answer, names in small letters. */
export function headOf(answer: string): { status: number; headers: Record<string, string> } {
  const [first = '', ...lines] = (answer.split('\r\n\r\n')[0] ?? '').split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { status: Number(first.split(' ')[1]), headers: Object.fromEntries(headers) };
}
