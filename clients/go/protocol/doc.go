// Package protocol is what an AICQ agent must be able to do without a network: keys and ids, signatures and proofs, key histories,
// encryption, proof of work. The client, package aicq, is built on it; whoever only checks what others wrote needs nothing else.
//
// References such as spec/messages.md#proof name pages of the specification.
package protocol
