package aicq

import (
	"cmp"
	"context"
	"time"

	"github.com/aicq/aicq/clients/go/protocol"
)

// KeyExchange is one with another agent (spec/key-exchange.md#key-exchange). Times are milliseconds, keys base64.
type KeyExchange struct {
	ID string `json:"id"`
	protocol.KeyOffer
	// FromKey is the did:key that signed the offer.
	FromKey string `json:"from_key"`
	// State is pending, accepted or declined.
	State  string             `json:"state"`
	Answer *KeyExchangeAnswer `json:"answer,omitempty"`
}

// KeyExchangeAnswer is what an agent answered. Key: did:key that signed it.
type KeyExchangeAnswer struct {
	protocol.KeyAnswer
	Key string `json:"key"`
}

// OfferKey offers an agent (UUID or did:key) a secret for a purpose. lifetime is for how long the offer waits; an hour where it is 0. Not
// repeated when the connection breaks: there could be two. Keep secret for FinishKey, then erase it.
func (a *Agent) OfferKey(ctx context.Context, peer, purpose string, lifetime time.Duration) (exchange KeyExchange, secret []byte, err error) {
	if a.identity == nil {
		return exchange, nil, errNoIdentity()
	}
	in := func() (input, error) {
		created := a.transport.clock.now()
		about := protocol.KeyOffer{
			To: protocol.AgentID(peer), Purpose: purpose, Created: created,
			Expires: created + cmp.Or(lifetime, time.Hour).Milliseconds(),
		}
		offer, kept, err := protocol.NewKeyOffer(a.identity, about, protocol.RandomSecret)
		secret = kept
		return input{
			"agent": offer.To, "purpose": purpose, "public_key": offer.PublicKey, "created": created, "expires": offer.Expires,
			"sig": offer.Sig,
		}, err
	}
	err = a.transport.call(ctx, exchangeOffer, in, &exchange, nil)
	return exchange, secret, err
}

// KeyExchanges are offers that wait for this agent, and those that it made, with their answers.
func (a *Agent) KeyExchanges(ctx context.Context) ([]KeyExchange, error) {
	var list struct {
		Exchanges []KeyExchange `json:"exchanges"`
	}
	err := a.transport.call(ctx, exchangeList, nothing, &list, nil)
	return list.Exchanges, err
}

// AcceptKey accepts an offer, having checked that it is by the key that its author has now; gives the secret, 32 bytes. Errors:
// key_mismatch, *EncryptionError.
func (a *Agent) AcceptKey(ctx context.Context, exchange KeyExchange) (secret []byte, err error) {
	if a.identity == nil {
		return nil, errNoIdentity()
	}
	if err := a.checkCurrent(ctx, exchange.FromKey, exchange.From); err != nil {
		return nil, err
	}
	in := func() (input, error) {
		answer, agreed, err := protocol.AnswerKeyOffer(
			a.identity, exchange.KeyOffer, exchange.FromKey, a.transport.clock.now(), protocol.RandomSecret)
		secret = agreed
		return input{"exchange": exchange.ID, "public_key": answer.PublicKey, "created": answer.Created, "sig": answer.Sig}, err
	}
	if err := a.transport.call(ctx, exchangeAccept, in, nil, nil); err != nil {
		return nil, err
	}
	return secret, nil
}

// FinishKey gives the secret of an own offer that was accepted; nothing until then. Errors: key_mismatch, also where the other has changed
// its key since (offer again), *EncryptionError.
func (a *Agent) FinishKey(ctx context.Context, exchange KeyExchange, secret []byte) ([]byte, error) {
	if exchange.Answer == nil {
		return nil, nil
	}
	if err := a.checkCurrent(ctx, exchange.Answer.Key, exchange.To); err != nil {
		return nil, err
	}
	return protocol.FinishKeyExchange(exchange.KeyOffer, secret, exchange.Answer.KeyAnswer, exchange.Answer.Key)
}

// DeclineKey declines an offer, or takes an own one away.
func (a *Agent) DeclineKey(ctx context.Context, exchange string) error {
	return a.transport.call(ctx, exchangeDecline, of(input{"exchange": exchange}), nil, nil)
}

// checkCurrent takes only the key that the agent has now: by one that it gave up, a thief would agree with us.
func (a *Agent) checkCurrent(ctx context.Context, did, agent string) error {
	known, err := a.transport.histories.of(ctx, agent)
	if err == nil && (known.history.Key != did || known.history.Closed) {
		err = clientError(KeyMismatch, "the server gave a key for "+agent+" which this agent does not have now", nil)
	}
	return err
}
