/** Probabilities of what may go wrong; may be changed while a simulation runs. */
export interface Faults {
  /** A message is lost, or comes twice. */
  loss: number
  duplication: number
  /** A provider takes a payment and sends something else than was paid for. */
  rubbish: number
  /** A payer keeps its acknowledgement to itself. */
  withheldAck: number
  /** A peer is killed around the time at which it has an entry certified. */
  crash: number
}

export const calm: Faults = { loss: 0, duplication: 0, rubbish: 0, withheldAck: 0, crash: 0 }
export const storm: Faults = { loss: 0.05, duplication: 0.05, rubbish: 0.1, withheldAck: 0.1, crash: 0.1 }
