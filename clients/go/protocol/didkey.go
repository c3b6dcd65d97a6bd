package protocol

import (
	"math/big"
	"regexp"
	"strings"
)

const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

var (
	didKey     = regexp.MustCompile(`^did:key:z[1-9A-HJ-NP-Za-km-z]{40,60}$`)
	radix      = big.NewInt(58)
	multicodec = []byte{0xed, 0x01}
)

// DIDKeyOf is did:key:z6Mk... of an Ed25519 public key of 32 bytes.
func DIDKeyOf(publicKey []byte) string {
	// the first byte is never 0, so base58 has no leading ones here
	number := new(big.Int).SetBytes(append(append([]byte{}, multicodec...), publicKey...))
	digits := make([]byte, 0, 48)
	for digit := new(big.Int); number.Sign() > 0; {
		number.DivMod(number, radix, digit)
		digits = append(digits, base58[digit.Int64()])
	}
	for from, to := 0, len(digits)-1; from < to; from, to = from+1, to-1 {
		digits[from], digits[to] = digits[to], digits[from]
	}
	return "did:key:z" + string(digits)
}

// PublicKeyOfDIDKey gives the Ed25519 key of a did:key; false for other kinds of key and for what is no did:key. It may still be a weak
// key.
func PublicKeyOfDIDKey(did string) ([]byte, bool) {
	if !didKey.MatchString(did) {
		return nil, false
	}
	text := strings.TrimPrefix(did, "did:key:z")
	number := new(big.Int)
	for at := range len(text) {
		number.Mul(number, radix)
		number.Add(number, big.NewInt(int64(strings.IndexByte(base58, text[at]))))
	}
	bytes := number.Bytes()
	if len(bytes) != 34 || bytes[0] != multicodec[0] || bytes[1] != multicodec[1] || text[0] == base58[0] {
		return nil, false
	}
	return bytes[2:], true
}
