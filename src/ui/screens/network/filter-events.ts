import { shortPeerId } from '../../../domain/identity/account.ts'
import type { NetworkEvent } from '../../../peer/peer.ts'

/** Which events of the log are shown: all, those that name a failure, or those about one subject. */
export type EventChoice = 'all' | 'problems' | NetworkEvent['kind']

/** Choices with their names, in order. */
export const eventChoices: readonly { readonly value: EventChoice; readonly label: string }[] = [
  { value: 'all', label: 'Everything' },
  { value: 'problems', label: 'Problems' },
  { value: 'peer', label: 'Peers' },
  { value: 'relay', label: 'Relays' },
  { value: 'dht', label: 'DHT' },
  { value: 'budget', label: 'Link budget' },
  { value: 'self', label: 'This peer' },
]

/** The events that are chosen and hold the words in message or peer id, newest first. */
export function filterEvents(
  log: readonly NetworkEvent[],
  choice: EventChoice,
  words: string,
): readonly NetworkEvent[] {
  const wanted = words.trim().toLowerCase()
  return log
    .filter(
      ({ kind, failure }) => choice === 'all' || (choice === 'problems' ? failure !== null : kind === choice),
    )
    .filter(({ message, peerId, failure }) =>
      [message, failure ?? '', peerId ?? '', peerId === null ? '' : shortPeerId(peerId)]
        .join('\n')
        .toLowerCase()
        .includes(wanted),
    )
    .toReversed()
}
