// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// Layout of an advert's body (RFC 3768 section 5.1, RFC 9568 section 5.1).
const (
	bodyHeaderLen = 8
	authDataLen   = 8 // behind the addresses of a VRRPv2 advert
	typeAdvert    = 1
	maxCentis     = 0x0fff // 12 bits of centiseconds in VRRPv3
	protocolVRRP  = 112
)

// Authentication types that a VRRPv2 advert may name (RFC 2338 section 5.3.6).
const (
	authNone = 0
	authPass = 1
	authAH   = 2
)

// Wire is what the adverts of one instance look like: what it sends, and what it expects.
type Wire struct {
	Version   int // 2 or 3
	VRID      uint8
	AdvertInt time.Duration
	Addrs     []netip.Addr // IPv4, in configuration order, at most 255
	AuthType  uint8        // VRRPv2: 0 none, 1 PASS
	AuthData  [8]byte      // VRRPv2: zero padded
	Unicast   bool
	Group     netip.Addr // destination of multicast adverts
}

// Append appends the body of an advert from src to dst and returns the longer slice. It does
// not allocate when b has room.
func (w *Wire) Append(b []byte, src, dst netip.Addr, priority uint8) []byte {
	start := len(b)
	b = append(b, byte(w.Version<<4|typeAdvert), w.VRID, priority, byte(len(w.Addrs)))
	b = w.appendInterval(b)
	b = append(b, 0, 0) // checksum
	for _, a := range w.Addrs {
		b = appendAddr(b, a)
	}
	if w.Version == 2 {
		b = append(b, w.AuthData[:]...)
	}
	body := b[start:]
	binary.BigEndian.PutUint16(body[6:], bodyChecksum(body, w.Version, src, dst))
	return b
}

func (w *Wire) appendInterval(b []byte) []byte {
	if w.Version == 2 {
		return append(b, w.AuthType, byte(w.AdvertInt/time.Second))
	}
	return binary.BigEndian.AppendUint16(b, uint16(min(w.AdvertInt/(10*time.Millisecond), maxCentis)))
}

func appendAddr(b []byte, a netip.Addr) []byte {
	a4 := a.As4()
	return append(b, a4[:]...)
}

// Packet is a received advert before it is judged.
type Packet struct {
	Src, Dst netip.Addr
	TTL      uint8
	Payload  []byte // the VRRP body
}

// ParseIPv4 takes an IPv4 datagram apart as a raw socket delivers it. The Payload points
// into b; what follows the datagram is Ethernet padding and left out. A verdict other than
// Accept says that there is no advert to judge.
func ParseIPv4(b []byte) (Packet, Verdict) {
	const minHeader = 20
	if len(b) < minHeader || b[0]>>4 != 4 {
		return Packet{}, DropIPHeader
	}
	header, total := int(b[0]&0x0f)*4, int(binary.BigEndian.Uint16(b[2:]))
	if header < minHeader || total < header || total > len(b) {
		return Packet{}, DropIPHeader
	}
	if b[9] != protocolVRRP {
		return Packet{}, DropProtocol
	}
	return Packet{
		Src:     netip.AddrFrom4([4]byte(b[12:16])),
		Dst:     netip.AddrFrom4([4]byte(b[16:20])),
		TTL:     b[8],
		Payload: b[header:total],
	}, Accept
}

// VRID returns the virtual router that the packet names, 0 if it is too short to name one.
func (p Packet) VRID() uint8 {
	if len(p.Payload) < bodyHeaderLen {
		return 0
	}
	return p.Payload[1]
}

// The fields of a body of at least bodyHeaderLen bytes.

func (p Packet) version() int    { return int(p.Payload[0] >> 4) }
func (p Packet) kind() uint8     { return p.Payload[0] & 0x0f }
func (p Packet) priority() uint8 { return p.Payload[2] }
func (p Packet) count() int      { return int(p.Payload[3]) }
func (p Packet) authType() uint8 { return p.Payload[4] }

// bodyLen is the length that version and address count ask for.
func (p Packet) bodyLen() int {
	n := bodyHeaderLen + 4*p.count()
	if p.version() == 2 {
		n += authDataLen
	}
	return n
}

// interval is the sender's advert interval in the form of its version.
func (p Packet) interval() time.Duration {
	if p.version() == 2 {
		return time.Duration(p.Payload[5]) * time.Second
	}
	centis := binary.BigEndian.Uint16(p.Payload[4:]) & maxCentis
	return time.Duration(centis) * 10 * time.Millisecond
}

// addr is the i-th address of a body that is long enough.
func (p Packet) addr(i int) netip.Addr {
	at := bodyHeaderLen + 4*i
	return netip.AddrFrom4([4]byte(p.Payload[at : at+4]))
}

// authData is the password field of a VRRPv2 body that is long enough.
func (p Packet) authData() [authDataLen]byte {
	end := p.bodyLen()
	return [authDataLen]byte(p.Payload[end-authDataLen : end])
}
