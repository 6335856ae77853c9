import { withNativeSigning } from '../../../signaling/native-signatures.ts'
import { testIdentity } from '../ledger.ts'

export const ann = withNativeSigning(testIdentity(1))
export const bob = withNativeSigning(testIdentity(2))
export const cat = withNativeSigning(testIdentity(3))
/** Signs two spends at one place. The others are honest. */
export const eve = withNativeSigning(testIdentity(4))

export const people = [ann, bob, cat, eve]
