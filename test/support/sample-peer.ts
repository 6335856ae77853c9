import { hashText } from '../../src/domain/content/context-hash.ts'
import { sizeOf, type AddedFile, type IngestFile } from '../../src/domain/content/ingest-file.ts'
import { createWritable } from '../../src/domain/kernel/readable.ts'
import { LoremeshError } from '../../src/domain/kernel/errors.ts'
import { toMicroTokens } from '../../src/domain/kernel/micro-tokens.ts'
import { parametersOf } from '../../src/domain/ledger/network-parameters.ts'
import type { ServingPause } from '../../src/domain/network/serving-caps.ts'
import { verifyReceipt } from '../../src/domain/ledger/verify-receipt.ts'
import type { PassageCache } from '../../src/peer/cache.ts'
import type {
  Answer,
  ArchiveState,
  AskOptions,
  AuthorityState,
  Library,
  NetworkState,
  Peer,
  WalletState,
} from '../../src/peer/peer.ts'
import { startingNetwork } from '../../src/peer/starting-network.ts'
import { toServingCaps, DEFAULT_SERVING_SETTINGS } from '../../src/peer/serving-settings.ts'
import type { PeerServing, ServingState } from '../../src/peer/serving.ts'
import type { Sleep } from '../../src/peer/wake-watch.ts'
import type { LanguageModel } from '../../src/ports/language-model.ts'
import { referenceVerifier } from './reference-verifier.ts'
import { sampleAnswer } from './sample-answer.ts'
import { createSampleCache, sampleCacheEntries } from './sample-cache.ts'
import { createSampleAnswers } from './sample-answers.ts'
import { createSampleQuestions } from './sample-questions.ts'
import { sampleContexts, sampleDocuments } from './sample-documents.ts'
import {
  sampleAuthorities,
  sampleInvitation,
  sampleNetwork,
  sampleProfileOf,
  sampleSelfTest,
  sampleStatus,
} from './sample-network.ts'
import { createSampleModels } from './sample-models.ts'
import { samplePeerId } from './sample-peer-ids.ts'
import { sampleGenesis } from './sample-trade.ts'
import { emptyWallet, sampleWallet } from './sample-wallet.ts'

/** What differs between sample peers. */
export interface SamplePeerOptions {
  /** A peer that was opened a moment ago: nothing added, nobody connected. */
  readonly isNew?: boolean
  /** Changes the answer of every question. */
  readonly answer?: Partial<Answer>
  /** Never answers, so that a question stays in its last stage. */
  readonly hangs?: boolean
  /** What differs in its authorities. */
  readonly authorities?: Partial<AuthorityState>
  /** Another network than the sample's. */
  readonly network?: NetworkState | undefined
  /** Writes answers instead of the sample's language model. */
  readonly model?: LanguageModel
  /** Another wallet than the sample's. */
  readonly wallet?: WalletState
  /** Other bought passages than the sample's. */
  readonly cache?: PassageCache
  /** Nobody is served, for this reason. */
  readonly pause?: ServingPause
  /** The peer was asleep. */
  readonly lastSleep?: Sleep
}

/** A `Peer` with believable content and no network, for the tests of the screens. `asked` lists what it was asked. */
export function createSamplePeer(
  options: SamplePeerOptions = {},
): Peer & { readonly asked: readonly AskOptions[] } {
  const asked: AskOptions[] = []
  const { isNew = false } = options
  const archive = createWritable<ArchiveState>({
    isKept: false,
    entries: 0,
    sizeBytes: 0,
    catchingUp: undefined,
    failure: '',
  })
  return {
    asked,
    peerId: samplePeerId(0),
    status: createWritable(
      isNew
        ? {
            kind: 'offline' as const,
            label: 'Offline (works locally)',
            detail:
              'The server does not answer. Your own library can be searched; Loremesh keeps trying to connect.',
          }
        : sampleStatus,
    ),
    network: createWritable(
      isNew
        ? { ...startingNetwork, phase: 'offline' as const, reason: 'The server does not answer.' }
        : (options.network ?? sampleNetwork),
    ),
    profileOf: sampleProfileOf,
    authorities: createWritable({ ...sampleAuthorities, ...options.authorities }),
    wallet: createWritable(options.wallet ?? (isNew ? emptyWallet : sampleWallet)),
    tariff: createWritable(parametersOf(sampleGenesis)),
    library: createSampleLibrary(isNew),
    cache: options.cache ?? createSampleCache(isNew ? [] : sampleCacheEntries()),
    serving: createSampleServing(options.pause),
    lastSleep: createWritable(options.lastSleep),
    archive,
    models: createSampleModels(),
    invite: () => Promise.resolve(sampleInvitation),
    keepLedger(isKept) {
      archive.set({
        ...archive.get(),
        isKept,
        entries: isKept ? 12_345 : 0,
        sizeBytes: isKept ? 4_321_098 : 0,
      })
      return Promise.resolve()
    },
    ask(question, askOptions) {
      asked.push(askOptions)
      const answer: Answer = { ...sampleAnswer(question, askOptions.scope), ...options.answer }
      const own = answer.results.filter(({ provider }) => provider === 'self')
      askOptions.onProgress?.({ stage: 'searching', message: 'Searching your library', results: own })
      if (askOptions.scope !== 'library') {
        askOptions.onProgress?.({ stage: 'asking', message: 'Asking 5 peers', results: own })
      }
      if (options.hangs !== true) return Promise.resolve(answer)
      return new Promise((_resolve, reject) => {
        askOptions.signal?.addEventListener('abort', () =>
          reject(new LoremeshError('aborted', 'The question was stopped')),
        )
      })
    },
    answers: createSampleAnswers(options.model),
    questions: createSampleQuestions(isNew),
    selfTest(testOptions) {
      for (const result of sampleSelfTest) testOptions?.onResult?.(result)
      return Promise.resolve(sampleSelfTest)
    },
    verifyReceipt: (text) =>
      verifyReceipt(text, sampleGenesis, referenceVerifier, { checkpoint: 0, removals: [] }),
    close: () => Promise.resolve(),
  }
}

function createSampleServing(pause: ServingPause | undefined): PeerServing {
  const state = createWritable<ServingState>({
    pause,
    caps: toServingCaps(DEFAULT_SERVING_SETTINGS),
    power: pause === 'battery' ? 'battery' : 'mains',
    uploadedTodayBytes: 12_900_000,
  })
  return { state, setCaps: (caps) => state.set({ ...state.get(), caps }) }
}

function createSampleLibrary(isNew: boolean): Library {
  const documents = createWritable(isNew ? [] : sampleDocuments)
  const files = createWritable<readonly IngestFile[]>([])
  let lastId = 0
  const contextsOf = (documentHash: string) =>
    sampleContexts.filter((context) => context.documentHash === documentHash)
  async function add(added: Iterable<AddedFile> | AsyncIterable<AddedFile>): Promise<readonly IngestFile[]> {
    const progress: IngestFile[] = []
    for await (const { path, bytes } of added) {
      const file = { id: ++lastId, path, sizeBytes: sizeOf(bytes), addedAtMs: 0, attempts: 1 }
      progress.push(
        file.sizeBytes === 0
          ? { ...file, state: 'failed', reason: 'The file is empty. Choose one with text.' }
          : { ...file, state: 'ready', documentHash: hashText(path), contexts: 3 },
      )
    }
    files.set([...files.get(), ...progress])
    return progress
  }

  return {
    documents,
    contextCount: createWritable(isNew ? 15 : 15 + sampleContexts.length),
    files,
    async enqueue(added) {
      return (await add(added)).map(({ id }) => id)
    },
    add,
    retryFiles(ids) {
      files.set(files.get().map((file) => (ids.includes(file.id) ? { ...file, state: 'reading' } : file)))
      return Promise.resolve()
    },
    removeFiles(ids) {
      files.set(files.get().filter(({ id }) => !ids.includes(id)))
      return Promise.resolve()
    },
    titles(contextHashes) {
      // Every second one is known, so that both cases can be seen.
      const known = contextHashes.filter((_, at) => at % 2 === 0)
      return Promise.resolve(new Map(known.map((hash) => [hash, 'Backups that you can restore'])))
    },
    contexts: (documentHash) => Promise.resolve(contextsOf(documentHash)),
    previewShare(documentHash) {
      const document = documents.get().find((one) => one.documentHash === documentHash)
      if (document === undefined) return Promise.reject(new LoremeshError('not-found', 'No such document'))
      const contexts = contextsOf(documentHash)
      const sizeBytes = contexts.reduce((sum, context) => sum + context.sizeBytes, 0)
      return Promise.resolve({
        document,
        contexts,
        price: toMicroTokens(Math.ceil((sizeBytes * 2_000_000) / 1024)),
      })
    },
    setVisibility(documentHash, visibility) {
      documents.set(
        documents.get().map((one) => (one.documentHash === documentHash ? { ...one, visibility } : one)),
      )
      return Promise.resolve()
    },
    remove(documentHash) {
      documents.set(documents.get().filter((one) => one.documentHash !== documentHash))
      return Promise.resolve()
    },
    tags: () => Promise.resolve([...new Set(documents.get().flatMap(({ tags }) => tags))]),
  }
}
