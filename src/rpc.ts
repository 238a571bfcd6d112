/**
 * Remote objects: Comlink's `wrap` and `expose`, over shared memory, ports, sockets and child processes, with calls
 * that settle whatever becomes of the other side.
 *
 * @example
 * ```ts
 * import { channelEnds, wrap } from 'reveille/rpc';
 *
 * const [mine, theirs] = channelEnds();
 * worker.postMessage(theirs, [theirs.port]); // there: expose(api, theirs)
 * const api = wrap<Api>(mine);
 * console.log(await api.add(2, 3));
 * ```
 *
 * @module
 */
export {
  createEndpoint,
  finalizer,
  proxy,
  proxyMarker,
  releaseProxy,
  transfer,
  transferHandlers,
  type Local,
  type ProxyMarked,
  type Remote,
  type TransferHandler,
} from 'comlink';
export { PeerGoneError, ProtocolError, RpcRefusedError, ServiceClosedError } from './errors.ts';
export { channelEnds, type ChannelEnd } from './rpc/channel-connection.ts';
export { type ByteConnection } from './rpc/byte-connection.ts';
export { type ByteConnectionOptions, type HeartbeatOptions } from './rpc/connection-options.ts';
export { type Carries, type Connection } from './rpc/connection.ts';
export { currentCall, type CurrentCall } from './rpc/current-call.ts';
export { type Endpoint } from './rpc/endpoint.ts';
export { expose, type ExposeOptions } from './rpc/expose.ts';
export { type Allow } from './rpc/local-object.ts';
export { type PortLike } from './rpc/port-connection.ts';
export { connectChild, connectParent, type ProcessConnectionOptions } from './rpc/process-connection.ts';
export { type CallLimits } from './rpc/remote-object.ts';
export { ReconnectingClient, type ReconnectingCallOptions, type ReconnectOptions } from './rpc/reconnecting-client.ts';
export { RpcService, type ServiceClientOptions } from './rpc/service/rpc-service.ts';
export { type ShutdownOptions } from './rpc/service/shutdown-options.ts';
export { type UnfinishedCall } from './rpc/call-ledger.ts';
export { connectService, type ServiceDoor } from './rpc/service/service-door.ts';
export { type ServiceListenOptions } from './rpc/service/service-control.ts';
export {
  type ServiceEventMap,
  type ServiceState,
  ServiceStateEvent,
  ServiceUnhealthyEvent,
  StaleServiceEvent,
} from './rpc/service/service-events.ts';
export { type ServiceHooks } from './rpc/service/service-object.ts';
export { type HealthCheckOptions, type RpcServiceOptions, type ServiceHost } from './rpc/service/service-options.ts';
export { type ServiceReport, type StopOutcome } from './rpc/service/service-report.ts';
export { type SocketAddress } from './rpc/socket-address.ts';
export { connect, type ConnectOptions } from './rpc/socket-connection.ts';
export { listen, type ListenOptions, type SocketServer } from './rpc/socket-server.ts';
export {
  acceptWebSocket,
  connectWebSocket,
  type WebSocketEvent,
  type WebSocketLike,
  type WebSocketOptions,
} from './rpc/websocket-connection.ts';
export {
  type ServerSocket,
  type WebSocketHandlerOptions,
  webSocketHandlers,
  type WebSocketHandlers,
} from './rpc/websocket-handlers.ts';
export { withCall } from './rpc/with-call.ts';
export { wrap, type WrapOptions } from './rpc/wrap.ts';
