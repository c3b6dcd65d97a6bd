package protocol

import "testing"

type exchangeVectors struct {
	Ada, Bob party
	Now      int64
	Offer    struct {
		Secret    []byte `json:"secret_key"`
		Canonical string
		Offer     KeyOffer
	}
	Answer struct {
		Secret    []byte `json:"secret_key"`
		Canonical string
		Answer    KeyAnswer
	}
	Secret         []byte
	OffersToRefuse []struct {
		Name  string
		Offer KeyOffer
	} `json:"offers_to_refuse"`
}

func TestTheKeyExchangeOfTheVectorsIsTheOneThatWeMake(t *testing.T) {
	read := vectors[exchangeVectors](t, "keyexchange.json")
	ada, bob := read.Ada.identity(t), read.Bob.identity(t)
	about := KeyOffer{To: bob.ID(), Purpose: read.Offer.Offer.Purpose, Created: read.Offer.Offer.Created, Expires: read.Offer.Offer.Expires}
	offer, kept, err := NewKeyOffer(ada, about, secretsOf(t, read.Offer.Secret))
	same(t, "error", codeOf(err), "")
	same(t, "offer", offer, read.Offer.Offer)
	bytes, _ := KeyOfferBytes(offer)
	same(t, "offer", string(bytes), read.Offer.Canonical)
	answer, secret, err := AnswerKeyOffer(bob, offer, ada.DID(), read.Now, secretsOf(t, read.Answer.Secret))
	same(t, "error", codeOf(err), "")
	same(t, "answer", answer, read.Answer.Answer)
	bytes, _ = KeyAnswerBytes(offer, answer)
	same(t, "answer", string(bytes), read.Answer.Canonical)
	sameBytes(t, "secret", secret, read.Secret)
	secret, err = FinishKeyExchange(offer, kept, answer, bob.DID())
	same(t, "error", codeOf(err), "")
	sameBytes(t, "secret of who offered", secret, read.Secret)
}

func TestOffersThatProveNothingAreRefused(t *testing.T) {
	read := vectors[exchangeVectors](t, "keyexchange.json")
	for _, one := range read.OffersToRefuse {
		_, _, err := AnswerKeyOffer(read.Bob.identity(t), one.Offer, read.Ada.DIDKey, read.Now, RandomSecret)
		same(t, one.Name, codeOf(err), "exchange_invalid")
	}
}
