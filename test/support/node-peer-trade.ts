import { expect } from 'vitest'
import type { NodePeer } from './node-peer.ts'

/** An honest seller and an honest buyer, who trade to show that the network goes on. */
export interface HonestTrade {
  /** The seller shares something new, the buyer gets it, the seller claims the price. */
  trade(): Promise<void>
  /** How often they traded, and for how much altogether. */
  readonly count: number
  readonly paid: bigint
}

/** A trade between two peers of one network. */
export function createHonestTrade(seller: NodePeer, buyer: NodePeer): HonestTrade {
  let count = 0
  let paid = 0n
  return {
    get count() {
      return count
    },
    get paid() {
      return paid
    },
    async trade() {
      count += 1
      // Of passages that say nearly the same only one is bought.
      const words = Array.from({ length: 12 }, (_, at) => `tide${count}of${at}`)
      await seller.share(`tide-${count}.md`, `# Tide ${count}\n\nThe moon pulls ${words.join(' ')}.\n`)
      const before = seller.worth()
      const { results } = await buyer.ask(`What pulls ${words.join(' ')}?`)
      const prices = results.filter((result) => result.provider === seller.identity.peerId)
      expect(prices).toHaveLength(1)
      const [{ paid: price } = { paid: 0n }] = prices
      await expect.poll(seller.worth).toBe(before + price)
      await seller.peer.claimEverything()
      expect(seller.wallet().pendingIn).toBe(0n)
      paid += price
    },
  }
}
