module github.com/aicq/aicq/clients/go

go 1.23.0

require (
	filippo.io/edwards25519 v1.1.0
	github.com/coder/websocket v1.8.14
	golang.org/x/crypto v0.38.0
)

require golang.org/x/sys v0.33.0 // indirect
