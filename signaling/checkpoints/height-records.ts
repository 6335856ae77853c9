import { decodeCbor, encodeCbor } from '../../src/domain/kernel/cbor.ts'
import {
  encodeAgreementRecord,
  parseAgreementRecord,
  type AgreementRecord,
} from '../../src/domain/ledger/agreement-record.ts'
import { readBlob, readInteger, readList, readTuple } from '../../src/domain/ledger/cbor-fields.ts'
import { MAX_AGREEMENT_BYTES } from '../../src/protocols/authority.ts'
import type { AuthorityStore } from '../authority-store/authority-store.ts'
import { recordKey } from '../authority-store/record-key.ts'
import { headerFormat } from './proposal.ts'

/** What an authority keeps of the height that is being agreed on, and overwrites at the next one. */
export interface HeightRecords {
  saveAgreement(record: AgreementRecord): Promise<void>
  /** Where the agreement on this height stands; undefined before its start. */
  readAgreement(height: number): Promise<AgreementRecord | undefined>
  /** Keeps the proposals of a height that this authority found right, for others ask for them. */
  saveProposals(height: number, wires: readonly Uint8Array[]): Promise<void>
  readProposals(height: number): Promise<readonly Uint8Array[]>
}

const CURRENT = recordKey(0)
/** More than there are rounds in which an authority finds a proposal right that is not decided. */
const MAX_PROPOSALS = 1_024

/** Records in the home shard. */
export function createHeightRecords({ home }: Pick<AuthorityStore, 'home'>): HeightRecords {
  return {
    saveAgreement: (record) =>
      home.transaction((transaction) =>
        transaction.putRecord('agreement', CURRENT, encodeAgreementRecord(record)),
      ),

    async readAgreement(height) {
      const bytes = await home.transaction((transaction) => transaction.record('agreement', CURRENT))
      const record = bytes && parseAgreementRecord(bytes, headerFormat)
      return record?.height === height ? record : undefined
    },

    saveProposals: (height, wires) =>
      home.transaction((transaction) =>
        transaction.putRecord('own-message', CURRENT, encodeCbor([height, wires])),
      ),

    async readProposals(height) {
      const bytes = await home.transaction((transaction) => transaction.record('own-message', CURRENT))
      if (bytes === undefined) return []
      const [of, wires] = readTuple(decodeCbor(bytes), 2, 'proposals')
      if (readInteger(of, 'height') !== height) return []
      return readList(wires, MAX_PROPOSALS, 'proposals').map((wire) =>
        readBlob(wire, MAX_AGREEMENT_BYTES, 'proposal'),
      )
    },
  }
}
