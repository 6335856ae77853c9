import type { Fact } from '../../../../src/domain/ledger/fact.ts'
import { encodeFraudProof, type FraudProof } from '../../../../src/domain/ledger/fraud-proof.ts'
import { ann, bob, cat } from '../../../support/ledger.ts'
import { createDice } from '../../../support/virtual-time.ts'
import { createCheckpointNetwork, type CheckpointNetwork } from './checkpoint-network.ts'
import { createNetworkHolder, type NetworkHolder } from './network-holder.ts'
import { createMarket } from './simulated-market.ts'

export const INTERVAL_MS = 10_000
/** Long enough for every authority to propose checkpoints within it. */
export const WINDOW_MS = 120_000
/** Long enough for whoever alone knows of a fraud to propose a checkpoint, and for those that follow from it. */
const CONSEQUENCES_MS = 6 * INTERVAL_MS

/** A network of four authorities that run, in which three have a starter grant each. */
export interface ThreeHolders {
  readonly network: CheckpointNetwork
  /** Ann. */
  readonly payer: NetworkHolder
  /** Bob. */
  readonly payee: NetworkHolder
  /** Cat. */
  readonly other: NetworkHolder
  /** Lets time pass until something that needs it is done. */
  during<T>(ms: number, task: Promise<T>): Promise<T>
  /** The facts of this type that checkpoints stated so far. */
  stated(type: Fact['type']): readonly Fact[]
  /** Shows authorities a proof, all unless told, and gives them a few checkpoints to act on it. */
  report(fraud: FraudProof, to?: CheckpointNetwork['authorities']): Promise<void>
}

/** Starts the authorities, and funds the three. */
export async function openThreeHolders(): Promise<ThreeHolders> {
  const network = await createCheckpointNetwork({
    dice: createDice(1),
    overrides: { paymentWindowMs: WINDOW_MS },
  })
  const { authorities, clock } = network
  const market = createMarket(network, [ann, bob, cat])
  const holderOf = (identity: typeof ann) => createNetworkHolder(network, market, identity)
  const [payer, payee, other] = [holderOf(ann), holderOf(bob), holderOf(cat)]

  async function during<T>(ms: number, task: Promise<T>): Promise<T> {
    await clock.pass(ms)
    return task
  }

  await during(2_000, Promise.all(authorities.map((authority) => authority.start())))
  for (const holder of [payer, payee, other]) await during(1_000, holder.fund())

  return {
    network,
    payer,
    payee,
    other,
    during,
    stated: (type) => network.facts.flatMap(({ fact }) => (fact.type === type ? [fact] : [])),
    async report(fraud, to = authorities) {
      const wire = encodeFraudProof(fraud)
      for (const { use } of to) await use(({ authority }) => authority.reportFraud(wire))
      await clock.pass(CONSEQUENCES_MS)
    },
  }
}
