// Listens on a port (any, unless one is given) and says which. Ends when its standard input does.
import { createServer } from 'node:net';
import process from 'node:process';

const server = createServer((socket) => void socket.on('error', () => {}).resume());
server.listen(Number(process.argv[2] ?? 0), () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(port);
});
process.stdin.on('end', () => process.exit(0)).resume();
