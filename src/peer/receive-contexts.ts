import { digestToContextHash, type ContextHash } from '../domain/content/context-hash.ts'
import { shortPeerId, type PeerId } from '../domain/identity/account.ts'
import { bytesToText } from '../domain/kernel/bytes.ts'
import { LoremeshError } from '../domain/kernel/errors.ts'
import type { Quote, QuoteItem } from '../domain/ledger/quote.ts'
import type { Hasher } from '../ports/hasher.ts'
import type { Taking } from '../ports/network.ts'
import type { PayingOut } from './paying-out.ts'

/**
 * Takes the contexts of a quote one by one, has them kept as soon as something is to be paid, and then pays. `keep` gets
 * verified texts; what it fails to keep is not paid. When the delivery breaks off, what came before is kept and paid as
 * well: it is good, and its provider shall not bear somebody else's failure. Throws `bad-content` for something else than
 * was quoted, `truncated`, what `keep` throws, and what the delivery fails with.
 */
export async function receiveContexts(
  components: {
    readonly hasher: Hasher
    readonly taking: Pick<Taking, 'contents'>
    readonly paying: Pick<PayingOut, 'received' | 'isDue' | 'pay'>
  },
  options: {
    readonly provider: PeerId
    readonly quote: Quote
    /** Called with each context that came. */
    readonly onProgress?: (() => void) | undefined
  },
  keep: (texts: ReadonlyMap<ContextHash, string>) => Promise<void>,
): Promise<void> {
  const { hasher, taking, paying } = components
  const { provider, quote, onProgress } = options
  let unkept = new Map<ContextHash, string>()

  async function verify(item: QuoteItem, bytes: Uint8Array): Promise<string> {
    const [digest] = await hasher.sha256([bytes])
    if (digest === undefined || digestToContextHash(digest) !== item.contextHash) {
      throw new LoremeshError(
        'bad-content',
        `Peer ${shortPeerId(provider)} sent something else than ${item.contextHash}`,
        'It is not paid for',
      )
    }
    return bytesToText(bytes)
  }

  async function keepAndPay(next: QuoteItem | undefined): Promise<void> {
    const isDue = paying.isDue(next)
    if (next !== undefined && !isDue) return
    if (unkept.size > 0) await keep(unkept)
    unkept = new Map()
    if (isDue) await paying.pay(next)
  }

  try {
    let at = 0
    await keepAndPay(quote.items[0])
    for await (const bytes of taking.contents(quote.items.map((item) => item.sizeBytes))) {
      onProgress?.()
      const item = quote.items[at]
      if (item === undefined) throw new LoremeshError('bad-content', 'More came than was quoted')
      unkept.set(item.contextHash, await verify(item, bytes))
      paying.received(item)
      at += 1
      await keepAndPay(quote.items[at])
    }
    if (at < quote.items.length) throw new LoremeshError('truncated', 'The delivery broke off')
  } catch (error) {
    await keepAndPay(undefined).catch(() => undefined)
    throw error
  }
}
