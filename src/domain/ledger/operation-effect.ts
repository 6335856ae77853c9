import { bytesEqual } from '../kernel/bytes.ts'
import { LoremeshError } from '../kernel/errors.ts'
import { sumTokens } from '../kernel/micro-tokens.ts'
import {
  badEntry,
  unchanged,
  type Effect,
  type LedgerLookup,
  type OperationOf,
  type Standing,
} from './effect.ts'
import type { Entry, Operation } from './entry.ts'
import { parseGrant } from './grant.ts'
import type { NetworkParameters } from './network-parameters.ts'
import { claimEffect, reclaimEffect, releaseEffect } from './settle-effect.ts'
import { payEffect, reserveEffect } from './spend-effect.ts'

/**
 * The exact effect of an operation in an entry of this date that names this checkpoint, which is known; signatures are `verifyEntry`'s part. Throws why it is not
 * allowed: `insufficient-balance`, `already-claimed`, `already-granted`, `expired`, `not-found`, `not-ready`, `bad-entry`.
 */
export function operationEffect(
  standing: Standing,
  operation: Operation,
  { timestampMs, checkpoint }: Pick<Entry, 'timestampMs' | 'checkpoint'>,
  lookup: LedgerLookup,
): Effect {
  switch (operation.type) {
    case 'open':
      return unchanged(standing)
    case 'pay':
      return payEffect(standing, operation, timestampMs, lookup.genesis)
    case 'reclaim':
      return reclaimEffect(standing, operation, lookup)
    case 'reserve':
      return reserveEffect(standing, operation, timestampMs, lookup.genesis)
    case 'claim':
      return claimEffect(standing, operation, timestampMs, lookup)
    case 'release':
      return releaseEffect(standing, operation, lookup)
    case 'collect':
      return collectEffect(standing, operation, lookup.checkpoint(checkpoint)?.parameters)
  }
}

/** A grant that was signed before its amount was changed can be collected under a checkpoint before the change only. */
function collectEffect(
  standing: Standing,
  collect: OperationOf<'collect'>,
  inForce: NetworkParameters | undefined,
): Effect {
  const { account, amount, id } = parseGrant(collect.grant).grant
  if (!bytesEqual(account, standing.account)) throw badEntry('The grant is for another account')
  if (standing.grants.includes(id)) {
    throw new LoremeshError('already-granted', 'The account has collected this grant already')
  }
  if (amount !== inForce?.starterGrant) {
    throw badEntry('The grant has another amount than the checkpoint says that the entry names')
  }
  return {
    ...unchanged(standing),
    credit: sumTokens([standing.credit, amount]),
    grants: [...standing.grants, id],
    minted: amount,
  }
}
