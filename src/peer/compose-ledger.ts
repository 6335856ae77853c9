import type { PeerId } from '../domain/identity/account.ts'
import { createWritable } from '../domain/kernel/readable.ts'
import type { LedgerNews } from '../domain/gossip/ledger-watch.ts'
import { parseCertificate, type Certificate } from '../domain/ledger/certificate.ts'
import type { EntryHash, SignedEntry } from '../domain/ledger/entry.ts'
import type { NetworkState } from '../ports/network.ts'
import { createArchivist } from './archivist.ts'
import { createAuthorityWatch } from './authority-watch.ts'
import { createBookkeeper } from './bookkeeper.ts'
import { createCertificateCheck } from './certificate-check.ts'
import { createCheckpoints } from './checkpoints.ts'
import { createForkWatch } from './fork-watch.ts'
import { createLedgerFailures } from './ledger-failures.ts'
import { createLedgerListening } from './ledger-listening.ts'
import { createLedgerView } from './ledger-view.ts'
import { createOwnAccount } from './own-account.ts'
import { createPaymentBooks } from './payment-books.ts'
import type { PeerComponents } from './peer-components.ts'
import { createProviderStandings } from './provider-standings.ts'
import { createSettlement } from './settle.ts'
import { createLogSync } from './sync-log.ts'
import { createSync } from './sync.ts'
import { createUpkeep } from './upkeep.ts'
import { createWalletView } from './wallet.ts'

/** Makes the parts that keep the own account and watch everybody's ledger, and joins them; whoever calls it starts and stops them. */
export function composeLedger(
  components: PeerComponents,
  options: {
    /** How often payments received are claimed and expired ones are taken back, in milliseconds. */
    readonly settleIntervalMs: number
    readonly networkState: () => NetworkState
    /** Tells everybody of an own entry that became final. */
    readonly announceEntry: (signed: SignedEntry, certificate: Certificate) => void
    /** Tells everybody news about the ledger. */
    readonly announceNews: (news: LedgerNews) => void
  },
) {
  const { genesis, clock } = components
  const failures = createLedgerFailures()
  const { note: onFailure, inBackground } = failures
  const syncNotice = createWritable('')

  /** Peers that are linked, some of which may keep the ledger as well. */
  function linkedPeers(): readonly PeerId[] {
    return options.networkState().links.flatMap(({ peerId, isServer }) => (isServer ? [] : [peerId]))
  }

  /** What a payee has claimed of a reserve sets the rest free. */
  async function noteClaimed(payments: readonly EntryHash[]): Promise<void> {
    if (await settlement.noteClaimed(payments)) await bookkeeper.settle()
  }

  const view = createLedgerView(components)
  const archivist = createArchivist({
    ...components,
    logSync: createLogSync({ ...components, neighbours: linkedPeers, view }),
  })
  const books = createPaymentBooks(components)
  const checkpoints = createCheckpoints(
    { ...components, view },
    { onAdvanced: () => inBackground(wallet.refresh()), onFailure },
  )
  const authorities = createAuthorityWatch(components, {
    ask: (signal) => checkpoints.catchUp(signal),
    onBack: () => bookkeeper.settle(),
    onFailure,
  })
  const account = createOwnAccount(
    { ...components, view, books, checkpoints, authorities },
    {
      onAppended: () => inBackground(wallet.refresh()),
      onCertified({ signed, certificateWire }) {
        const certificate = parseCertificate(certificateWire)
        archivist.take({ signed, certificate })
        inBackground(wallet.refresh())
        options.announceEntry(signed, certificate)
      },
    },
  )
  const wallet = createWalletView(components, {
    notices: [failures.notice, authorities.notice, account.notice, syncNotice],
    checkpointedSeq: checkpoints.checkpointedSeq,
  })
  const settlement = createSettlement({ ...components, account, authorities, books })
  const standings = createProviderStandings({ ...components, links: () => options.networkState().links })
  const forkWatch = createForkWatch(components, {
    announce: options.announceNews,
    onCertified(certified) {
      standings.note(certified.signed.entry)
      archivist.take(certified)
    },
    onClaimed: (payments) => inBackground(noteClaimed(payments)),
    onCheckpoint: (checkpoint) => inBackground(checkpoints.accept(checkpoint).then(() => undefined)),
    onFailure,
  })
  const listening = createLedgerListening({ ...components, archive: archivist.state }, { onFailure })
  const checkCertificate = createCertificateCheck({ ...components, view, checkpoints })
  const sync = createSync(
    { ...components, account, checkpoints, checkCertificate, forkWatch, books },
    { onNotice: syncNotice.set },
  )
  const bookkeeper = createBookkeeper(
    { account, authorities, sync, settlement, wallet, clock },
    {
      settleIntervalMs: options.settleIntervalMs,
      paymentWindowMs: genesis.paymentWindowMs,
      onFailure,
    },
  )
  const upkeep = createUpkeep({ ...components, wallet }, { onFailure })

  return {
    failures,
    view,
    archivist,
    books,
    checkpoints,
    account,
    authorities,
    wallet,
    standings,
    forkWatch,
    listening,
    checkCertificate,
    bookkeeper,
    upkeep,
  }
}
