import { bytesToHexText } from '../../../src/domain/kernel/bytes.ts'
import type { AccountState, Payment } from '../../../src/domain/ledger/account-state.ts'
import { applyEntry, type Transition } from '../../../src/domain/ledger/apply-entry.ts'
import type { LedgerLookup } from '../../../src/domain/ledger/effect.ts'
import { MAX_CLAIM_WIRE_BYTES, parseEntry } from '../../../src/domain/ledger/entry-codec.ts'
import { sourcesOf, type EntryHash, type SignedEntry } from '../../../src/domain/ledger/entry.ts'
import { verifyEntry } from '../../../src/domain/ledger/verify-entry.ts'
import { mutatedTrees } from '../mutations.ts'
import { asVerified } from '../reference-verifier.ts'
import type { FuzzStory } from './fuzz-story.ts'
import { anyMessage, type MessageKind } from './message-kind.ts'
import { readCbor, toCbor } from './message-tree.ts'
import { people } from './people.ts'
import { signedAnew } from './signed-anew.ts'

/** The ledger right before an entry of a story. */
interface Before {
  readonly signed: SignedEntry
  readonly state: AccountState | undefined
  readonly payments: ReadonlyMap<EntryHash, Payment>
}

/**
 * Entries that say something else than they should, but signed by their own account: of every type one kind, judged by
 * the rules of the ledger alone. Whatever those let pass must conserve what there is.
 */
export function applyKinds(story: FuzzStory): readonly MessageKind[] {
  const places = replay(story)
  const types = [...new Set(places.map(({ signed }) => signed.entry.operation.type))]
  return types.flatMap((type) => {
    const before = places.findLast(({ signed }) => signed.entry.operation.type === type)
    return before === undefined ? [] : [applyKind(story, before)]
  })
}

function applyKind({ network }: FuzzStory, before: Before): MessageKind {
  const { signed, state, payments } = before
  const owner = people.find(({ account }) => Buffer.compare(account, signed.entry.account) === 0)
  if (owner === undefined) throw new RangeError('Nobody has signed the entry')
  const lookup: LedgerLookup = { ...network.lookup(), payment: (hash) => payments.get(hash) }
  return anyMessage({
    name: `entry signed anew: ${signed.entry.operation.type}`,
    maxLength: MAX_CLAIM_WIRE_BYTES,
    valid: [signed.wire],
    mutated: mutatedTrees([readCbor(signed.bytes)]).map((tree) => signedAnew(owner, 'entry', toCbor(tree))),
    read(wire: Uint8Array) {
      const parsed = parseEntry(wire)
      return {
        async verify(verifier) {
          const transition = applyEntry(state, await verifyEntry(parsed, lookup, verifier), lookup)
          if (!isConserving(transition, state, lookup)) throw new Error('Tokens came from nowhere')
        },
      }
    },
  })
}

/** What the ledger was before each entry of the story. */
function replay({ network }: FuzzStory): readonly Before[] {
  const states = new Map<string, AccountState>()
  let payments: ReadonlyMap<EntryHash, Payment> = new Map()
  return network.certified.map(({ signed }) => {
    const { account, operation } = signed.entry
    const [source] = sourcesOf(operation)
    const lost = source && payments.get(source)
    if (operation.type === 'reclaim' && lost)
      payments = new Map(payments).set(lost.hash, { ...lost, state: 'lapsed' })
    const before = { signed, state: states.get(bytesToHexText(account)), payments }
    const transition = applyEntry(before.state, asVerified(signed), {
      ...network.lookup(),
      payment: (hash) => before.payments.get(hash),
    })
    states.set(bytesToHexText(account), transition.state)
    payments = new Map([
      ...payments,
      ...transition.payments.map((payment) => [payment.hash, payment] as const),
    ])
    return before
  })
}

/** Whether accounts, payments on their way and the pool have together as much more as was minted. */
function isConserving(
  { state, payments, minted, toPool }: Transition,
  before: AccountState | undefined,
  { payment }: LedgerLookup,
): boolean {
  const held = heldBy(state) - heldBy(before)
  const pending = payments.reduce((sum, after) => sum + onItsWay(after) - onItsWay(payment(after.hash)), 0n)
  return held + pending + toPool === minted
}

function heldBy(state: AccountState | undefined): bigint {
  return state === undefined ? 0n : state.balance + state.credit + state.locked + state.stake
}

/** What a payment has that no account has; negative for what is drawn from a reserve that still counts as locked. */
function onItsWay(payment: Payment | undefined): bigint {
  if (payment === undefined) return 0n
  const { kind, state, amount, claimed } = payment
  if (kind === 'reserve') return state === 'claimed' ? 0n - claimed : 0n
  return state === 'open' || state === 'lapsed' ? amount : 0n
}
