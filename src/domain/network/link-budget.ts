/** What speaks most for keeping a link. */
export type KeepReason =
  /** It leads to the server. */
  | 'server'
  /** It carries a request, or did so a moment ago. */
  | 'busy'
  /** It leads to an anchor: a peer of long standing that this peer itself chose. */
  | 'anchor'
  /** The peer introduces others to this one. */
  | 'introducer'
  /** It is the best one into its network. */
  | 'distinct-network'
  /** It carried more than most. */
  | 'useful'
  /** It is younger than the time in which a link can show what it is good for. */
  | 'new'
  /** Nothing but that there is room. */
  | 'spare'
