/** The one banner at the top of the screen. */
export type BannerKind = 'update' | 'offline' | 'notice' | 'install'

export interface BannerFacts {
  readonly updateAvailable: boolean
  readonly isOnline: boolean
  /** What the wallet has to say; empty when all is well. */
  readonly notice: string
  readonly installAvailable: boolean
  /** Contexts served to others: whoever earns has a reason to install. */
  readonly contextsServed: number
  /** Banners that the user closed. */
  readonly dismissed: ReadonlySet<BannerKind>
}

/** The most urgent banner that applies and was not closed: update, offline, notice, install. */
export function chooseBanner(facts: BannerFacts): BannerKind | null {
  const applies: readonly (readonly [BannerKind, boolean])[] = [
    ['update', facts.updateAvailable],
    ['offline', !facts.isOnline],
    ['notice', facts.notice !== ''],
    ['install', facts.installAvailable && facts.contextsServed > 0],
  ]
  return applies.find(([kind, holds]) => holds && !facts.dismissed.has(kind))?.[0] ?? null
}
