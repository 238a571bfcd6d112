/** A program that keeps a service in a process of its own and ends without ending it. Says its process. */
import process from 'node:process';
import { RpcService } from 'reveille/rpc';

const { module, ...options } = JSON.parse(process.argv[2] ?? '{}');
const service = new RpcService({ ...options, module: new URL(module), health: false });
await service.start();
process.stdout.write(`${JSON.stringify({ pid: service.pid })}\n`);
