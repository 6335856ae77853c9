import type { LinkFailure } from '../../../domain/network/link-failure.ts'

/** What each failure is called. */
export const failureNames: Readonly<Record<LinkFailure, string>> = {
  websocket: 'WebSocket',
  reservation: 'Reservation',
  'no-route': 'No route',
  'peer-unreachable': 'Peer gone',
  signalling: 'Signalling',
  stun: 'STUN',
  turn: 'TURN',
  ice: 'ICE',
  'data-channel': 'Data channel',
  refused: 'Refused',
  'no-room': 'No room',
  'too-many-connections': 'Too many connections',
  timeout: 'Time-out',
}
