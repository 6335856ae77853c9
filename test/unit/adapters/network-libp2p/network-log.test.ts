import { describe, expect, it } from 'vitest'
import { createNetworkLog } from '../../../../src/adapters/network-libp2p/network-log.ts'
import { ann, bob } from '../../../support/ledger.ts'
import { createManualClock } from '../../../support/manual-clock.ts'

const opened = { kind: 'peer', peerId: ann.peerId, failure: null, message: 'A link opened.' } as const
const failed = { ...opened, failure: 'ice', message: 'No packets.' } as const

describe('the log of the network', () => {
  it('keeps the newest two hundred events with their times, oldest first', async () => {
    const clock = createManualClock(1_000)
    const log = createNetworkLog(clock)
    for (let n = 0; n < 250; n++) {
      log.note({ ...opened, message: `Link ${n}.` })
      await clock.advance(1)
    }
    expect(log.events()).toHaveLength(200)
    expect(log.events()[0]).toEqual({ ...opened, message: 'Link 50.', atMs: 1_050 })
    expect(log.events().at(-1)?.message).toBe('Link 249.')
  })

  it('notes a failure that repeats once a minute for each peer', async () => {
    const clock = createManualClock()
    const log = createNetworkLog(clock)
    for (let n = 0; n < 90; n++) {
      log.note(failed)
      await clock.advance(1_000)
    }
    log.note({ ...failed, peerId: bob.peerId })
    expect(log.events().map(({ peerId }) => peerId)).toEqual([ann.peerId, ann.peerId, bob.peerId])
  })

  it('notes what did not fail as often as it happens', () => {
    const log = createNetworkLog(createManualClock())
    log.note(opened)
    log.note(opened)
    expect(log.events()).toHaveLength(2)
  })
})
