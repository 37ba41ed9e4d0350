// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// Layout of an advert (RFC 3768 section 5.1, RFC 9568 section 5.1).
const (
	messageHeaderLen = 8
	authDataLen      = 8 // behind the addresses of a VRRPv2 advert over IPv4
	typeAdvert       = 1
	maxCentis        = 0x0fff // 12 bits of centiseconds in VRRPv3
	protocolVRRP     = 112
	protocolAH       = 51
	ipHeaderLen      = 20
)

// Advert is what an accepted packet says.
type Advert struct {
	From     netip.Addr
	Priority uint8         // 0: the master leaves
	Interval time.Duration // of the sender: v2 whole seconds, v3 centiseconds
}

// Packet is a received advert before it is judged. Its slices point into the buffer that it
// was parsed from.
type Packet struct {
	Src, Dst netip.Addr
	TTL      uint8
	Header   []byte // IPv4 header
	AH       []byte // authentication header; nil: none
	Message  []byte // VRRP message and whatever follows it
}

// ParseIPv4 takes an IPv4 datagram apart as a raw socket delivers it. What follows the
// datagram is Ethernet padding and left out. A verdict other than Accept says that there is
// no advert to judge.
func ParseIPv4(b []byte) (Packet, Verdict) {
	if len(b) < ipHeaderLen || b[0]>>4 != 4 {
		return Packet{}, DropIPHeader
	}
	header, total := int(b[0]&0x0f)*4, int(binary.BigEndian.Uint16(b[2:]))
	if header < ipHeaderLen || total < header || total > len(b) {
		return Packet{}, DropIPHeader
	}
	p := Packet{
		Src:     netip.AddrFrom4([4]byte(b[12:16])),
		Dst:     netip.AddrFrom4([4]byte(b[16:20])),
		TTL:     b[8],
		Header:  b[:header],
		Message: b[header:total],
	}
	switch b[9] {
	case protocolVRRP:
	case protocolAH:
		if len(p.Message) < ahLen {
			return p, DropShort
		}
		p.AH, p.Message = p.Message[:ahLen], p.Message[ahLen:]
	default:
		return Packet{}, DropProtocol
	}
	return p, p.short()
}

// ParseIPv6 takes what an IPv6 raw socket delivers: the message alone.
func ParseIPv6(b []byte, src, dst netip.Addr, hopLimit uint8) (Packet, Verdict) {
	p := Packet{Src: src, Dst: dst, TTL: hopLimit, Message: b}
	return p, p.short()
}

func (p Packet) short() Verdict {
	if len(p.Message) < messageHeaderLen {
		return DropShort
	}
	return Accept
}

// VRID returns the virtual router that the packet names, 0 if it is too short to name one.
func (p Packet) VRID() uint8 {
	if p.short() != Accept {
		return 0
	}
	return p.Message[1]
}

// Len is the length as keepalived's log lines give it: of the whole datagram in IPv4.
func (p Packet) Len() int { return len(p.Header) + len(p.AH) + len(p.Message) }

// The fields of a message of at least messageHeaderLen bytes.

func (p Packet) version() int       { return int(p.Message[0] >> 4) }
func (p Packet) kind() uint8        { return p.Message[0] & 0x0f }
func (p Packet) priority() uint8    { return p.Message[2] }
func (p Packet) count() int         { return int(p.Message[3]) }
func (p Packet) authType() AuthType { return AuthType(p.Message[4]) }
func (p Packet) ipv6() bool         { return p.Src.Is6() }

// messageLen is the length that version, family and address count ask for. keepalived leaves
// the authentication data out of VRRPv2 over IPv6.
func (p Packet) messageLen() int {
	switch n := p.count(); {
	case p.ipv6():
		return messageHeaderLen + 16*n
	case p.version() == 2:
		return messageHeaderLen + 4*n + authDataLen
	default:
		return messageHeaderLen + 4*n
	}
}

// interval is the sender's advert interval in the form of its version.
func (p Packet) interval() time.Duration {
	if p.version() == 2 {
		return time.Duration(p.Message[5]) * time.Second
	}
	centis := binary.BigEndian.Uint16(p.Message[4:]) & maxCentis
	return time.Duration(centis) * 10 * time.Millisecond
}

// addr is the i-th address of a message that is long enough.
func (p Packet) addr(i int) netip.Addr {
	if p.ipv6() {
		at := messageHeaderLen + 16*i
		return netip.AddrFrom16([16]byte(p.Message[at : at+16]))
	}
	at := messageHeaderLen + 4*i
	return netip.AddrFrom4([4]byte(p.Message[at : at+4]))
}

// authData is the password field of a VRRPv2 message over IPv4 that is long enough.
func (p Packet) authData() [authDataLen]byte {
	end := p.messageLen()
	return [authDataLen]byte(p.Message[end-authDataLen : end])
}

// message is the VRRP message without what follows it.
func (p Packet) message() []byte { return p.Message[:p.messageLen()] }

// trailer is what follows the message.
func (p Packet) trailer() []byte { return p.Message[p.messageLen():] }
