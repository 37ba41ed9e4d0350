// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/binary"
	"net/netip"
	"time"
)

const (
	tosControl = 0xc0 // internetwork control
	maxTTL     = 255  // RFC 9568 section 5.1.1.3
)

// Begin makes an advert; To gives it for each destination. All copies of one advert have the
// same IP identification, sequence number and signature.
func (w *Wire) Begin(priority uint8, now time.Time) {
	w.Counters.Sent++
	if priority == 0 {
		w.Counters.ZeroSent++
	}
	w.out = w.out[:0]
	if !w.config.IPv6 {
		w.appendIPv4()
	}
	if w.config.Auth == AuthAH {
		w.out = w.ah.append(w.out, w.Source)
	}
	w.appendMessage(priority)
	if w.config.HMAC != nil {
		w.out = w.signer.append(w.out, w.messageStart(), w.pseudo(w.Source), now)
	}
}

// To gives the advert for one destination: an IPv4 datagram with its header, or the payload
// of an IPv6 one. It is valid until the next call.
func (w *Wire) To(dst netip.Addr) []byte {
	message := w.out[w.messageStart():]
	binary.BigEndian.PutUint16(message[6:], 0)
	if w.config.IPv6 {
		// The kernel of a keepalived counts a trailer in.
		binary.BigEndian.PutUint16(message[6:], checksum(message, w.Source, dst))
		return w.out
	}
	binary.BigEndian.PutUint16(message[6:], checksum(message[:w.messageLen()], w.Source, w.sumDst(dst)))
	w.addressIPv4(dst)
	if w.config.Auth == AuthAH {
		w.ah.seal(w.out[:ipHeaderLen], w.out[ipHeaderLen:], w.config.Unicast())
	}
	return w.out
}

// appendIPv4 appends a header without options, as keepalived: DF off, one identification an
// advert, beginning with 1.
func (w *Wire) appendIPv4() {
	if w.ipID++; w.ipID == 0 {
		w.ipID = 1 // the kernel would choose one for 0
	}
	h := [ipHeaderLen]byte{0: 4<<4 | ipHeaderLen/4, 1: tosControl, 8: maxTTL, 9: protocolVRRP}
	binary.BigEndian.PutUint16(h[4:], w.ipID)
	if w.config.Unicast() {
		h[8] = w.config.TTL
	}
	if w.config.Auth == AuthAH {
		h[9] = protocolAH
	}
	src := w.Source.As4()
	copy(h[12:], src[:])
	w.out = append(w.out, h[:]...)
}

// addressIPv4 completes the header: destination, length, checksum.
func (w *Wire) addressIPv4(dst netip.Addr) {
	h := w.out[:ipHeaderLen]
	d := dst.As4()
	copy(h[16:], d[:])
	binary.BigEndian.PutUint16(h[2:], uint16(len(w.out)))
	binary.BigEndian.PutUint16(h[10:], 0)
	binary.BigEndian.PutUint16(h[10:], checksum(h, noPseudoHeader, noPseudoHeader))
}

// appendMessage appends the VRRP message without its checksum.
func (w *Wire) appendMessage(priority uint8) {
	c := &w.config
	w.out = append(w.out, byte(c.Version<<4|typeAdvert), c.VRID, priority, byte(len(c.Addrs)))
	if c.Version == 2 {
		w.out = append(w.out, byte(c.Auth), byte(c.AdvertInt/time.Second))
	} else {
		w.out = binary.BigEndian.AppendUint16(w.out, uint16(min(c.AdvertInt/(10*time.Millisecond), maxCentis)))
	}
	w.out = append(w.out, 0, 0)
	for _, a := range c.Addrs {
		w.appendAddr(a)
	}
	if c.Version == 2 && !c.IPv6 {
		w.out = append(w.out, w.authData()...)
	}
}

func (w *Wire) appendAddr(a netip.Addr) {
	if w.config.IPv6 {
		a16 := a.As16()
		w.out = append(w.out, a16[:]...)
		return
	}
	a4 := a.As4()
	w.out = append(w.out, a4[:]...)
}

var noAuthData [authDataLen]byte

// authData is what stands behind the addresses: the password of AuthPass, else zeros.
func (w *Wire) authData() []byte {
	if w.config.Auth == AuthPass {
		return w.config.Password[:]
	}
	return noAuthData[:]
}

// messageStart is where the message begins in out.
func (w *Wire) messageStart() int {
	switch {
	case w.config.IPv6:
		return 0
	case w.config.Auth == AuthAH:
		return ipHeaderLen + ahLen
	}
	return ipHeaderLen
}

// messageLen is the length of our own message.
func (w *Wire) messageLen() int {
	n := messageHeaderLen + 4*len(w.config.Addrs)
	if w.config.IPv6 {
		n = messageHeaderLen + 16*len(w.config.Addrs)
	} else if w.config.Version == 2 {
		n += authDataLen
	}
	return n
}

// sumDst is the destination in the pseudo header of an IPv4 checksum; invalid: there is no
// pseudo header.
func (w *Wire) sumDst(dst netip.Addr) netip.Addr {
	switch {
	case w.config.Version != 3 || w.config.SumAsV2:
		return noPseudoHeader
	case w.config.OldSum == OldSumOn && w.config.Unicast(), w.usesOldSum(dst):
		return oldGroup
	}
	return dst
}
