module github.com/aicq/aicq/clients/go

go 1.24.0

require (
	filippo.io/edwards25519 v1.2.0
	github.com/coder/websocket v1.8.15
	golang.org/x/crypto v0.45.0
)

require golang.org/x/sys v0.38.0 // indirect
