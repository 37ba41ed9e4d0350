// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"net/netip"
	"slices"
	"time"
)

// HMAC is auth_hmac: a signed trailer behind the message, as keepalived since 2.4.1
// (draft-cassen-vrrp-auth-hmac).
type HMAC struct {
	Keys      []Key
	Active    uint8         // id of the key that signs
	Window    time.Duration // how old a signature may be, in whole seconds
	Monotonic bool          // signatures may be of any age, if they come in order
	Mode      Mode
}

// Key is a shared secret.
type Key struct {
	ID     uint8
	Secret string // 32 to 64 bytes
}

// Mode says what is done about unsigned adverts while a network changes over.
type Mode uint8

// The modes.
const (
	Enforce     Mode = iota // sign, and accept nothing unsigned
	Permissive              // sign, and accept unsigned ones
	ReceiveOnly             // check signatures that are there
)

// Layout of the trailer.
const (
	trailerLen     = 28
	trailerScheme  = 1 // HMAC-SHA256, 128 bits of it
	trailerSeqAt   = 4
	trailerHMACAt  = 12
	trailerHMACLen = 16
)

// pseudoHeader comes before the message in what is signed: family, version, VRID, source.
type pseudoHeader [20]byte

// pseudo is the pseudo header of our adverts, or of the adverts that we expect from others.
func (w *Wire) pseudo(source netip.Addr) pseudoHeader {
	h := pseudoHeader{4, byte(w.config.Version), w.config.VRID}
	if w.config.IPv6 {
		h[0] = 6
		a := source.As16()
		copy(h[4:], a[:])
		return h
	}
	a := source.As4()
	copy(h[4:], a[:])
	return h
}

// signer makes and checks trailers.
type signer struct {
	config *HMAC // nil: none
	macs   []hash.Hash
	last   sequence // sent
	marks  marks
	moved  int // how often they changed in a way that a clock does not tell

	header pseudoHeader // scratch
	digest [sha256.Size]byte
	zeros  [trailerHMACLen]byte
}

// configure takes keys and rules over; nil turns signatures off.
func (s *signer) configure(c *HMAC, peers int) {
	s.config, s.macs = nil, nil
	s.marks.limit = multicastMarks + peers
	if c == nil {
		return
	}
	own := *c
	own.Keys = slices.Clone(c.Keys)
	s.config = &own
	for _, k := range own.Keys {
		s.macs = append(s.macs, hmac.New(sha256.New, []byte(k.Secret)))
	}
}

// append signs the message that begins at start and ends b.
func (s *signer) append(b []byte, start int, header pseudoHeader, now time.Time) []byte {
	mac := s.mac(s.config.Active)
	if s.config.Mode == ReceiveOnly || mac == nil {
		return b
	}
	before := s.last
	if s.last = s.last.next(now, s.config); s.last == before+1 {
		s.moved++
	}
	end := len(b)
	b = append(b, trailerScheme, s.config.Active, 0, 0)
	b = binary.BigEndian.AppendUint64(b, uint64(s.last))
	return append(b, s.sum(mac, header, b[start:end], b[end:])...)
}

func (s *signer) mac(id uint8) hash.Hash {
	for i, k := range s.config.Keys {
		if k.ID == id {
			return s.macs[i]
		}
	}
	return nil
}

// sum is the signature: over the pseudo header, the message with its checksum read as zero,
// and the trailer before its signature.
func (s *signer) sum(mac hash.Hash, header pseudoHeader, message, trailer []byte) []byte {
	s.header = header
	mac.Reset()
	mac.Write(s.header[:])
	mac.Write(message[:6])
	mac.Write(s.zeros[:2])
	mac.Write(message[8:])
	mac.Write(trailer[:trailerHMACAt])
	mac.Write(s.zeros[:])
	return mac.Sum(s.digest[:0])[:trailerHMACLen]
}

// check judges a trailer, in the order in which a forged one costs least.
func (s *signer) check(p Packet, header pseudoHeader, now time.Time) Verdict {
	t := p.trailer()
	if len(t) == 0 {
		if s.config.Mode == Enforce {
			return DropUnsigned
		}
		return Accept
	}
	if t[0] != trailerScheme || t[2] != 0 || t[3] != 0 {
		return DropMalformed
	}
	seq := sequence(binary.BigEndian.Uint64(t[trailerSeqAt:]))
	if !s.config.Monotonic && !seq.fresh(now, s.config.Window) {
		return DropStale
	}
	mac := s.mac(t[1])
	if mac == nil {
		return DropKey
	}
	if !hmac.Equal(t[trailerHMACAt:], s.sum(mac, header, p.message(), t)) {
		return DropSignature
	}
	if !s.marks.pass(p.Src, seq, func(old sequence) bool {
		return s.config.Monotonic || old.fresh(now, s.config.Window)
	}) {
		return DropReplay
	}
	s.moved++
	return Accept
}
