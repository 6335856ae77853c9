import type { AskAuthority } from '../src/adapters/network-libp2p/authority-reach.ts'
import type { Identity } from '../src/domain/identity/identity.ts'
import { LoremeshError } from '../src/domain/kernel/errors.ts'
import type { Life } from '../test/support/mortal-process.ts'
import type { NodeName } from './virtual-wires.ts'
import type { World } from './world.ts'

/** How the process at `node` asks the authorities over the wires, for as long as it lives. */
export function askAuthorities(
  { wires, authorities, heard }: Pick<World, 'wires' | 'authorities' | 'heard'>,
  node: NodeName,
  { peerId }: Pick<Identity, 'peerId'>,
  life?: Pick<Life, 'pass'>,
): AskAuthority {
  return (asked, body, signal) => {
    const authority = authorities.find((candidate) => candidate.peerId === asked)
    if (authority === undefined) throw new LoremeshError('not-connected', 'There is no such authority')
    heard.add(body)
    const ask = (): Promise<Uint8Array> =>
      wires.exchange(node, authority.node, () => authority.answerPeer(body, peerId), { signal })
    return life === undefined ? ask() : life.pass('ask', ask)
  }
}
