/** What can become of a remote object, and of the connection to it. */
import { defineKind, ReveilleError } from './reveille-error.ts';

/**
 * The other side of a connection is gone: it died, ended, closed the connection or was released. A call that was in
 * flight may have run there or not. `cause` is what the transport knows, where it knows anything.
 */
export class PeerGoneError extends ReveilleError {
  static {
    defineKind(this, 'ERR_PEER_GONE', 'PeerGoneError');
  }
}

/**
 * The two sides of a connection do not understand or do not trust each other: another protocol or version, a secret
 * that is not shared, bytes that mean nothing, more than was allowed. Trying again does not help.
 */
export class ProtocolError extends ReveilleError {
  static {
    defineKind(this, 'ERR_PROTOCOL', 'ProtocolError');
  }
}

/** A call reached for something that the exposed object does not offer to the outside. */
export class RpcRefusedError extends ReveilleError {
  static {
    defineKind(this, 'ERR_RPC_REFUSED', 'RpcRefusedError');
  }
}

/** A service takes no calls: it was not started, is stopping, or has stopped. The call was not carried out. */
export class ServiceClosedError extends ReveilleError {
  static {
    defineKind(this, 'ERR_SERVICE_CLOSED', 'ServiceClosedError');
  }
}
