import { shortPeerId } from '../domain/identity/account.ts'
import { formatTokens } from '../domain/kernel/micro-tokens.ts'
import type { ReceiptReport } from '../domain/ledger/verify-receipt.ts'
import type { WalletEntry, WalletState } from '../peer/peer.ts'

/** A value as one line of JSON; amounts are µT as decimal texts. */
export function toJsonLine(value: WalletState | ReceiptReport): string {
  return JSON.stringify(value, (_, field: unknown) => (typeof field === 'bigint' ? field.toString() : field))
}

/** A wallet for people: what there is, what is on its way, and every entry, newest first. */
export function walletToText(wallet: WalletState): string {
  const { balance, credit, reserved, pendingOut, pendingIn, notice } = wallet
  return [
    `Balance ${formatTokens(balance + credit)} tokens`,
    `  free ${formatTokens(balance)}, spend-only ${formatTokens(credit)}`,
    `Not part of it: reserved ${formatTokens(reserved)}, pending out ${formatTokens(pendingOut)}, pending in ${formatTokens(pendingIn)}`,
    ...(notice === '' ? [] : [`! ${notice}`]),
    ...[...wallet.incoming, ...wallet.entries].map(entryToText),
  ].join('\n')
}

function entryToText({ timestampMs, change, shares, state, reason, purchases }: WalletEntry): string {
  const amount = change === 0n ? shares.pendingIn : change
  const sign = amount > 0n ? '+' : ''
  const receipts =
    purchases.length === 0 ? '' : `  [${purchases.length} ${purchases.length === 1 ? 'receipt' : 'receipts'}]`
  return `${new Date(timestampMs).toISOString()}  ${(sign + formatTokens(amount)).padStart(14)}  ${state.padEnd(12)}  ${reason}${receipts}`
}

const verdicts: Readonly<Record<ReceiptReport['verdict'], string>> = {
  valid: 'Valid: every check has passed',
  incomplete: 'Incomplete: nothing is wrong, but something is missing',
  invalid: 'Invalid: at least one check has failed',
}

/** What the checks of a receipt found, and what is signed in it, for people. */
export function reportToText({ verdict, checks, facts }: ReceiptReport): string {
  const { kind, payer, payee, amount, contexts, timestampMs } = facts
  return [
    verdicts[verdict],
    ...checks.map(
      ({ ok, missing, detail }) => `  ${ok ? 'passed ' : missing ? 'missing' : 'FAILED '}  ${detail}`,
    ),
    `Signed in it: peer ${shortPeerId(payer)} owes peer ${shortPeerId(payee)} ${formatTokens(amount)} tokens for ${contexts.length} ${contexts.length === 1 ? 'context' : 'contexts'}`,
    `  ${kind === 'pay' ? 'by a payment' : 'from a reserve'} of ${new Date(timestampMs).toISOString()}`,
    `  payer ${payer}`,
    `  payee ${payee}`,
  ].join('\n')
}
