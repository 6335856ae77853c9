/** What did not come about, or broke, of all that a link needs. */
export type LinkFailure =
  /** The WebSocket to a server did not open. */
  | 'websocket'
  /** A relay gave no reservation, so nobody can be led here through it. */
  | 'reservation'
  /** No relay, and no peer that introduces others, leads to the peer. */
  | 'no-route'
  /** The relay or the introducing peer does not reach the peer, which most likely left. */
  | 'peer-unreachable'
  /** The peer did not answer the offer that was led to it. */
  | 'signalling'
  /** No STUN server told this peer's public address. */
  | 'stun'
  /** No TURN server gave an address that passes firewalls. */
  | 'turn'
  /** No pair of addresses let packets through: a firewall or a strict NAT lies between. */
  | 'ice'
  /** Packets passed, but the encrypted data channel did not open. */
  | 'data-channel'
  /** The other side refused the link, or closed it at once. */
  | 'refused'
  /** All links are in use. */
  | 'no-room'
  /** The page has made as many peer connections as the browser bears. */
  | 'too-many-connections'
  /** It took too long, and nobody can say at what. */
  | 'timeout'

/** What a failure means, and what a person may do about it. */
export interface FailureWords {
  /** A sentence. */
  readonly meaning: string
  /** A sentence; empty when there is nothing to do but to wait. */
  readonly hint: string
}

const words: Readonly<Record<LinkFailure, FailureWords>> = {
  websocket: {
    meaning: 'The connection to the server did not open.',
    hint: 'Check that you are online and that no firewall blocks WebSockets.',
  },
  reservation: {
    meaning: 'The relay did not take this peer in, so others are not led here through it.',
    hint: 'Wait a minute: the relay may be full or just have restarted.',
  },
  'no-route': {
    meaning: 'No relay and no linked peer leads to that peer.',
    hint: 'Connect to a relay, or to a peer that knows it, first.',
  },
  'peer-unreachable': {
    meaning: 'The relay does not reach that peer any more; it most likely left.',
    hint: '',
  },
  signalling: {
    meaning: 'The peer did not answer the offer of a link.',
    hint: '',
  },
  stun: {
    meaning: 'No STUN server told the public address of this peer.',
    hint: 'Your network may block UDP. Direct links then work only within it, or through TURN.',
  },
  turn: {
    meaning: 'No TURN server gave an address.',
    hint: 'Reload the page, for its credentials end after a week. If that does not help, the operator should check the TURN server and its secret.',
  },
  ice: {
    meaning: 'No pair of addresses let packets through.',
    hint: 'A firewall or a strict NAT lies between you: a TURN server would help.',
  },
  'data-channel': {
    meaning: 'The data channel did not open, although packets passed.',
    hint: 'Try again: on busy machines the handshake now and then gets lost.',
  },
  refused: {
    meaning: 'The other side closed the link at once.',
    hint: 'It may be full, or have cut this peer off for ten minutes.',
  },
  'no-room': {
    meaning: 'All links are in use.',
    hint: 'Try again in a moment.',
  },
  'too-many-connections': {
    meaning: 'This page has made as many connections as the browser bears.',
    hint: 'Links that are open stay. Close this tab and open Loremesh in a new one to make others.',
  },
  timeout: {
    meaning: 'It took too long.',
    hint: 'Try again.',
  },
}

/** What a failure means, in words. */
export function describeFailure(failure: LinkFailure): FailureWords {
  return words[failure]
}
