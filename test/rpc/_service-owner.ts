/** A program that keeps a service in a process of its own and ends without ending it. Says its address and process. */
import process from 'node:process';
import { RpcService, type RpcServiceOptions } from 'reveille/rpc';

const { module, ...options } = JSON.parse(process.argv[2] ?? '{}') as RpcServiceOptions & { module: string };
const service = new RpcService({ ...options, module: new URL(module), health: false });
await service.start();
process.stdout.write(`${JSON.stringify({ pid: service.pid, port: service.address?.port })}\n`);
