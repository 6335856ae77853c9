import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { accountError, awaitAccount } from '../../../src/headless/await-account.ts'
import { createWritable } from '../../../src/domain/kernel/readable.ts'
import type { AuthorityState, WalletState } from '../../../src/peer/peer.ts'
import { emptyWallet, sampleWallet } from '../../support/sample-wallet.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const allAnswer: AuthorityState = { total: 4, needed: 3, answering: 4, silent: 0, tooFewSinceMs: undefined }
const twoAnswer = (): AuthorityState => ({ ...allAnswer, answering: 2, silent: 2, tooFewSinceMs: Date.now() })

/** A peer whose account comes up to date after so many milliseconds. */
function peerWith(wallet: WalletState, authorities: AuthorityState, preparedAfterMs = Infinity) {
  const prepared = new Promise<void>((done) => {
    if (preparedAfterMs < Infinity) setTimeout(done, preparedAfterMs)
  })
  return {
    wallet: createWritable(wallet),
    authorities: createWritable(authorities),
    whenPrepared: () => prepared,
  }
}

/** What comes of waiting, and after how many milliseconds. */
async function outcomeOf(peer: ReturnType<typeof peerWith>) {
  const startedMs = Date.now()
  const waiting = awaitAccount(peer).then((access) => ({ access, afterMs: Date.now() - startedMs }))
  await vi.advanceTimersByTimeAsync(60_000)
  return waiting
}

it('waits for an account that comes up to date', async () => {
  const { access } = await outcomeOf(peerWith(sampleWallet, allAnswer, 10_000))
  expect(access).toEqual({ state: 'ready', notice: '' })
})

it('goes on soon with an account that was opened earlier, in the words of the wallet', async () => {
  const notice = 'Too few authorities answer.'
  const { access, afterMs } = await outcomeOf(peerWith({ ...sampleWallet, notice }, twoAnswer()))
  expect(access).toEqual({ state: 'waiting', notice })
  expect(afterMs).toBeLessThan(3_000)
})

it('says how many authorities a new account needs, and how many can be reached', async () => {
  const { access } = await outcomeOf(peerWith(emptyWallet, twoAnswer()))
  expect(access.state).toBe('new')
  expect(access.notice).toContain(
    "3 of the network's 4 authorities have to open a new one, and 2 can be reached",
  )
  expect(accountError(access)).toMatchObject({ code: 'authority-unreachable' })
})

it('does not wait for ever for authorities that answer without an account', async () => {
  const { access, afterMs } = await outcomeOf(peerWith(sampleWallet, allAnswer))
  expect(access).toEqual({ state: 'waiting', notice: 'The authorities take long to answer.' })
  expect(afterMs).toBeLessThan(20_000)
})
