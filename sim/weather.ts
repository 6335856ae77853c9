/** Probabilities and spans of what may go wrong; they change while a simulation runs. */
export interface Weather {
  /** A message is lost. */
  loss: number
  /** A message comes twice. */
  duplication: number
  /** A message comes again long after it was answered. */
  replay: number
  /** A message takes long. */
  slowness: number
  /** Chance, each second, that somebody of each kind is about to lose power. */
  peerCrash: number
  authorityCrash: number
  /** Chance, each second, that the network splits. */
  partition: number
}

export const calm: Weather = {
  loss: 0,
  duplication: 0,
  replay: 0,
  slowness: 0,
  peerCrash: 0,
  authorityCrash: 0,
  partition: 0,
}

export const storm: Weather = {
  loss: 0.03,
  duplication: 0.04,
  replay: 0.005,
  slowness: 0.15,
  peerCrash: 0.25,
  authorityCrash: 0.03,
  partition: 0.05,
}
