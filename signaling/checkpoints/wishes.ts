import { encodeCbor } from '../../src/domain/kernel/cbor.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import { readInteger, readList, readTuple } from '../../src/domain/ledger/cbor-fields.ts'
import { decodeLimited } from '../../src/domain/ledger/envelope.ts'
import type { NetworkParameters } from '../../src/domain/ledger/network-parameters.ts'
import {
  encodeChange,
  isSameChange,
  PARAMETER_NAMES,
  readChange,
  type ParameterChange,
} from '../../src/domain/ledger/parameter-change.ts'

/*
 * A parameter changes when the operators of a quorum wish the same value. Each authority tells the others, for every height
 * anew, what its operator wishes and is not in force yet. Who proposes states only what a quorum wishes, itself among it, and
 * who judges agrees only to what its own operator wishes: so nobody has to believe what is told here.
 */

/** What an authority's operator wishes to have changed. */
export interface Wish {
  /** Of the checkpoint that is to state it. */
  readonly height: number
  readonly changes: readonly ParameterChange[]
}

/** First field of a wish, which is sent as messages of the agreement are; theirs are lower. */
const WISH = 5
const MAX_WISH_BYTES = 128

/** Wire form: cbor([5, height, [[parameter, value]…]]). */
export function encodeWish({ height, changes }: Wish): Uint8Array {
  return encodeCbor([WISH, height, changes.map(encodeChange)])
}

/**
 * The wish of a wire form; undefined for a message of another kind. Throws `bad-encoding`, also for a value that a parameter may
 * not have, and when a parameter comes twice.
 */
export function parseWish(wire: Uint8Array): Wish | undefined {
  if (wire.length > MAX_WISH_BYTES) return undefined
  const fields = readList(decodeLimited(wire, MAX_WISH_BYTES, 'message'), 8, 'message')
  if (fields[0] !== WISH) return undefined
  const [, height, list] = readTuple(fields, 3, 'wish')
  const changes = readList(list, PARAMETER_NAMES.length, 'wished changes').map((field) => {
    const [code, value] = readTuple(field, 2, 'wished change')
    return readChange(code, value)
  })
  if (new Set(changes.map(({ name }) => name)).size < changes.length) {
    throw new LoremeshError('bad-encoding', 'A parameter is wished to have two values')
  }
  return { height: readInteger(height, 'height'), changes }
}

/** By what it is known which changes are left to be made, and by whom. */
interface WishSituation {
  /** Height of the next checkpoint. */
  readonly height: number
  readonly parameters: NetworkParameters
  /** Authorities whose votes don't count any more. */
  readonly removed: ReadonlySet<number>
}

/** The wishes of all authorities, as far as this one knows them. */
export interface Wishes {
  /** Takes what the authority with this index wishes. */
  note(wish: Wish, from: number): void
  /** What this authority wishes and is not in force. */
  open(situation: Pick<WishSituation, 'parameters'>): readonly ParameterChange[]
  /** What of it a quorum wishes. */
  agreed(situation: WishSituation): readonly ParameterChange[]
  /** Whether this authority wishes a change. */
  isWished(change: ParameterChange): boolean
}

/** The wishes of an authority's operator, `own`, and those that others will tell. */
export function createWishes(
  own: readonly ParameterChange[],
  { quorum }: { readonly quorum: number },
): Wishes {
  const told = new Map<number, Wish>()

  function isWished(change: ParameterChange): boolean {
    return own.some((wished) => isSameChange(wished, change))
  }

  function open({ parameters }: Pick<WishSituation, 'parameters'>): readonly ParameterChange[] {
    return own.filter(({ name, value }) => parameters[name] !== value)
  }

  return {
    note: (wish, from) => void told.set(from, wish),
    open,
    agreed({ height, parameters, removed }) {
      const others = [...told].flatMap(([from, wish]) =>
        wish.height === height && !removed.has(from) ? [wish] : [],
      )
      return open({ parameters }).filter((change) => {
        const alike = others.filter(({ changes }) => changes.some((other) => isSameChange(other, change)))
        return alike.length + 1 >= quorum
      })
    },
    isWished,
  }
}
