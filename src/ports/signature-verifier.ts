export type { SignatureVerifier } from '../domain/identity/signature.ts'
