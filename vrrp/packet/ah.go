// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/subtle"
	"encoding/binary"
	"hash"
	"math"
	"net/netip"
)

// Layout of the authentication header (RFC 2402 section 2) with a digest of 96 bits.
const (
	ahLen       = 24
	ahDigestAt  = 12
	ahDigestLen = 12
)

// authHeader makes and checks authentication headers: HMAC-MD5-96 (RFC 2403) with the password
// as key and the source address as SPI.
type authHeader struct {
	mac      hash.Hash
	password [8]byte
	// sequence is the last number sent or heard. As keepalived, all routers of a virtual
	// router share one sequence: whoever becomes master goes on where the one before ended,
	// so that the others accept it without having heard it before.
	sequence uint32
	resume   uint32 // a predecessor may have sent up to here
	moved    int    // how often sequence changed since it was saved

	header [60]byte // scratch
	digest [md5.Size]byte
	zeros  [ahDigestLen]byte
}

func (a *authHeader) configure(password [8]byte) {
	if a.mac == nil || a.password != password {
		a.mac, a.password = hmac.New(md5.New, password[:]), password
	}
}

// append appends a header without its digest.
func (a *authHeader) append(b []byte, source netip.Addr) []byte {
	a.sequence = a.next()
	a.moved++
	b = append(b, protocolVRRP, ahLen/4-2, 0, 0)
	src := source.As4()
	b = append(b, src[:]...)
	b = binary.BigEndian.AppendUint32(b, a.sequence)
	return append(b, a.zeros[:]...)
}

// next is the sequence number to send. With keys that nobody negotiates the counter begins
// anew after its end (RFC 2402 section 3.3.2).
func (a *authHeader) next() uint32 {
	last := a.sequence
	if a.resume != 0 && follows(a.resume, last) {
		last = a.resume
	}
	a.resume = 0
	return max(last+1, 1) // 0 is before the first one
}

// wrapZone is how near the end, and behind it how near the beginning, a sequence number has to be
// so that the lower one is the later.
const wrapZone = 1 << 16

// follows says whether a sequence number comes after the last one, which may have been at the
// end of the counter. It is not the nearer half of all numbers that follows: a router that
// begins at 1 follows any master.
func follows(sequence, last uint32) bool {
	return sequence > last || sequence != 0 && sequence < wrapZone && last > math.MaxUint32-wrapZone
}

// seal writes the digest into a datagram: its IPv4 header, and all that follows.
func (a *authHeader) seal(ip, rest []byte, unicast bool) {
	copy(rest[ahDigestAt:], a.sum(ip, rest[:ahLen], rest[ahLen:], unicast))
}

// check judges the authentication header of a packet that has one.
func (a *authHeader) check(p Packet, unicast bool) Verdict {
	src := p.Src.As4()
	sequence := binary.BigEndian.Uint32(p.AH[8:])
	switch {
	case [4]byte(p.AH[4:8]) != src:
		return DropAHIndex
	case !follows(sequence, a.sequence):
		return DropAHSequence
	case subtle.ConstantTimeCompare(p.AH[ahDigestAt:], a.sum(p.Header, p.AH, p.Message, unicast)) == 0:
		return DropAHDigest
	}
	a.sequence = sequence
	a.moved++
	return Accept
}

// sum is the digest of a datagram, with what routers may change read as zero. keepalived
// takes the TTL for unchangeable in multicast, where it is always 255.
func (a *authHeader) sum(ip, ah, message []byte, unicast bool) []byte {
	h := a.header[:copy(a.header[:], ip)]
	h[1] = 0
	clear(h[6:8])
	clear(h[10:12])
	if unicast {
		h[8] = 0
	}
	a.mac.Reset()
	a.mac.Write(h)
	a.mac.Write(ah[:ahDigestAt])
	a.mac.Write(a.zeros[:])
	a.mac.Write(message)
	return a.mac.Sum(a.digest[:0])[:ahDigestLen]
}
