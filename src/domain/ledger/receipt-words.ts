import type { ReceiptCheck, ReceiptReport } from './verify-receipt.ts'

const verdicts: Readonly<
  Record<
    ReceiptReport['verdict'],
    { readonly title: string; readonly meaning: string; readonly tone: 'good' | 'warn' | 'bad' }
  >
> = {
  valid: {
    title: 'This receipt is valid',
    meaning: 'Every check has passed: what it says was signed by those whom it names, and is final.',
    tone: 'good',
  },
  incomplete: {
    title: 'Nothing is wrong, but something is missing',
    meaning: 'Everything in it is signed by those whom it names. What is missing below may still come.',
    tone: 'warn',
  },
  invalid: {
    title: 'Do not trust this receipt',
    meaning:
      'At least one check has failed: it was changed, it belongs to another network, or something else was delivered.',
    tone: 'bad',
  },
}

const checks: Readonly<Record<ReceiptCheck['name'], { readonly title: string; readonly passed: string }>> = {
  readable: { title: 'What can be read', passed: 'It is exactly what was signed' },
  entry: { title: "Payer's signature", passed: 'The payer signed the payment, in this network' },
  quote: { title: "Seller's offer", passed: 'The seller signed the offer' },
  terms: {
    title: 'Payment and offer',
    passed: 'The payment is for this offer, between these two, and covers its price',
  },
  certificate: {
    title: 'Certificate',
    passed: 'Enough authorities of the network signed the payment: it is final',
  },
  delivery: {
    title: 'Delivery',
    passed: 'The seller signed that it delivered exactly the passages that it had offered',
  },
  voucher: {
    title: "Payer's confirmation",
    passed: 'The payer signed that the price is owed, so that the seller can claim it',
  },
}

/** What a verdict means. */
export function verdictWords(verdict: ReceiptReport['verdict']) {
  return verdicts[verdict]
}

/** What a check is about, how it came out, and what that means. */
export function checkWords({ name, ok, missing, detail }: ReceiptCheck): {
  readonly title: string
  readonly outcome: 'Passed' | 'Missing' | 'Failed'
  readonly detail: string
} {
  const { title, passed } = checks[name]
  if (ok) return { title, outcome: 'Passed', detail: passed }
  return { title, outcome: missing ? 'Missing' : 'Failed', detail }
}

/** How a delivery was paid. */
export function paymentWords(kind: ReceiptReport['facts']['kind']): string {
  return kind === 'pay'
    ? 'By a payment of its own'
    : 'From an amount that was set aside for several deliveries'
}
