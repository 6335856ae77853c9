import type { AuthorityState } from '../../../peer/peer.ts'

/** How many of the authorities answer, and what that means, in words. */
export function describeAuthorities({ total, needed, answering, silent, tooFewSinceMs }: AuthorityState): {
  readonly answering: string
  readonly needed: string
  readonly meaning: string
} {
  const parts = {
    answering: answering === 0 && silent === 0 ? 'Not asked yet' : `${answering} of ${total}`,
    needed: `${needed} of ${total}`,
  }
  if (tooFewSinceMs === undefined) {
    return { ...parts, meaning: 'They certify payments: by their signatures a payment becomes final.' }
  }
  return {
    ...parts,
    meaning:
      'Too few answer, so nothing becomes final at present. Asking and serving go on within credit lines; ' +
      'payments are certified by themselves within seconds of their return.',
  }
}
