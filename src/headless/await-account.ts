import { LoremeshError } from '../domain/kernel/errors.ts'
import type { RunningPeer } from '../peer/create-peer.ts'
import type { AuthorityState, WalletState } from '../peer/peer.ts'
import { current } from './current.ts'

/** How long a command waits for the account to be up to date. */
const PATIENCE_MS = 15_000
/** How long too few authorities have to answer until a command goes on without them. */
const SHORTAGE_MS = 1_000
const LOOK_MS = 100

/** How it stands with the own account when a command begins. */
export interface AccountAccess {
  /** `waiting` was opened earlier and can't be brought up to date now, `new` can't be opened now. */
  readonly state: 'ready' | 'waiting' | 'new'
  /** What does not work as it should, in sentences; empty when it is ready. */
  readonly notice: string
}

/** Waits until the account is open and up to date, or until it is clear that this can't be had now. */
export async function awaitAccount(
  peer: Pick<RunningPeer, 'whenPrepared' | 'authorities' | 'wallet'>,
): Promise<AccountAccess> {
  const prepared = peer.whenPrepared().then(() => true)
  const startedMs = Date.now()
  while (Date.now() < startedMs + PATIENCE_MS) {
    if (await Promise.race([prepared, nextLook()])) return { state: 'ready', notice: '' }
    const { tooFewSinceMs } = current(peer.authorities)
    if (tooFewSinceMs !== undefined && Date.now() > tooFewSinceMs + SHORTAGE_MS) break
  }
  const wallet = current(peer.wallet)
  return isOpened(wallet)
    ? {
        state: 'waiting',
        notice: wallet.notice === '' ? 'The authorities take long to answer.' : wallet.notice,
      }
    : { state: 'new', notice: newAccountNotice(current(peer.authorities)) }
}

function nextLook(): Promise<false> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_MS, false))
}

/** What a command fails with that can't do without the account. */
export function accountError({ notice }: AccountAccess): LoremeshError {
  return new LoremeshError(
    'authority-unreachable',
    notice.replace(/\.$/, ''),
    'Try again when more authorities answer',
  )
}

/** Whether an entry of the account is final, as the one that opens it is the first. */
function isOpened({ entries }: WalletState): boolean {
  return entries.some(({ state }) => state !== 'pending')
}

function newAccountNotice({ total, silent, needed }: AuthorityState): string {
  return (
    `This account is not open yet: ${needed} of the network's ${total} ` +
    `${total === 1 ? 'authority has' : 'authorities have'} to open a new one, and ${total - silent} can be reached. ` +
    'It opens by itself when they are back; until then it has no tokens to buy with.'
  )
}
