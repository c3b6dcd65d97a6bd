package protocol

import (
	"crypto/sha256"
	"slices"
)

// KeyOffer is an ephemeral key that one agent offers another (spec/key-exchange.md#key-exchange). Times are milliseconds, keys and
// signatures base64.
type KeyOffer struct {
	From      string `json:"from"`
	To        string `json:"to"`
	Purpose   string `json:"purpose"`
	PublicKey string `json:"public_key"`
	Created   int64  `json:"created"`
	Expires   int64  `json:"expires"`
	Sig       string `json:"sig"`
}

// KeyAnswer is the ephemeral key that answers an offer.
type KeyAnswer struct {
	PublicKey string `json:"public_key"`
	Created   int64  `json:"created"`
	Sig       string `json:"sig"`
}

// KeyOfferBytes gives the bytes that an offer's sig is over.
func KeyOfferBytes(o KeyOffer) ([]byte, error) {
	return canonical(map[string]any{
		"aicq": "keyexchange/1", "from": o.From, "to": o.To, "purpose": o.Purpose, "public_key": o.PublicKey,
		"created": o.Created, "expires": o.Expires,
	})
}

// KeyAnswerBytes gives the bytes that an answer's sig is over: they say which offer is meant.
func KeyAnswerBytes(offer KeyOffer, answer KeyAnswer) ([]byte, error) {
	about, err := KeyOfferBytes(offer)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(about)
	return canonical(map[string]any{
		"aicq": "keyexchange-answer/1", "offer": ToBase64(sum[:]), "public_key": answer.PublicKey, "created": answer.Created,
	})
}

// NewKeyOffer makes an offer, of which the recipient, the purpose and the times are given, and its secret half (32 bytes), which stays
// with its maker until the other side has answered; then erase it.
func NewKeyOffer(identity *Identity, about KeyOffer, newSecret NewSecret) (KeyOffer, []byte, error) {
	pair, err := keyPairOf(newSecret())
	if err != nil {
		return KeyOffer{}, nil, err
	}
	about.From, about.PublicKey = identity.ID(), ToBase64(pair.Public)
	about.Sig, err = sign(identity, about, KeyOfferBytes)
	return about, pair.Secret, err
}

// AnswerKeyOffer answers an offer: what to send, and the 32 bytes that both sides now have. key: did:key of who offers, which the caller
// knows to be theirs; now: milliseconds. Errors (*EncryptionError): exchange_invalid.
func AnswerKeyOffer(identity *Identity, offer KeyOffer, key string, now int64, newSecret NewSecret) (KeyAnswer, []byte, error) {
	bytes, err := KeyOfferBytes(offer)
	if err != nil || offer.To != identity.ID() || now >= offer.Expires || !IsSignedBy(key, offer.Sig, bytes) {
		return KeyAnswer{}, nil, encryptionError("exchange_invalid")
	}
	pair, err := keyPairOf(newSecret())
	if err != nil {
		return KeyAnswer{}, nil, err
	}
	answer := KeyAnswer{PublicKey: ToBase64(pair.Public), Created: now}
	signed, err := KeyAnswerBytes(offer, answer)
	if err != nil {
		return KeyAnswer{}, nil, err
	}
	answer.Sig = ToBase64(identity.Sign(signed))
	secret, err := exchangeSecret(offer, answer, pair.Secret, offer.PublicKey)
	return answer, secret, err
}

// FinishKeyExchange gives whoever made the offer the 32 bytes that both sides have. secret: the half that was kept; key: did:key of who
// answers, which the caller knows to be theirs. Errors (*EncryptionError): exchange_invalid.
func FinishKeyExchange(offer KeyOffer, secret []byte, answer KeyAnswer, key string) ([]byte, error) {
	bytes, err := KeyAnswerBytes(offer, answer)
	if err != nil || !IsSignedBy(key, answer.Sig, bytes) {
		return nil, encryptionError("exchange_invalid")
	}
	return exchangeSecret(offer, answer, secret, answer.PublicKey)
}

func exchangeSecret(offer KeyOffer, answer KeyAnswer, secret []byte, theirs string) ([]byte, error) {
	key, isBase64 := FromBase64(theirs)
	if !isBase64 || !isUsableX25519(key) {
		return nil, encryptionError("exchange_invalid")
	}
	shared, err := sharedSecret(secret, key)
	if err != nil {
		return nil, encryptionError("exchange_invalid")
	}
	offered, err := KeyOfferBytes(offer)
	if err != nil {
		return nil, err
	}
	answered, err := KeyAnswerBytes(offer, answer)
	if err != nil {
		return nil, err
	}
	salt := sha256.Sum256(slices.Concat(offered, answered))
	return derive(shared, salt[:], "aicq-keyexchange-1", 32), nil
}
