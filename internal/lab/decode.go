// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"time"
)

const (
	etherIPv4 = 0x0800
	etherIPv6 = 0x86dd
	etherARP  = 0x0806
	protoAH   = 51
	protoVRRP = 112
	protoICMP = 58 // of IPv6
)

// Advert is a VRRP advert as it was on the wire. Its body is not judged.
type Advert struct {
	Time     time.Time
	Out      bool
	MAC      net.HardwareAddr // of the sender
	Src, Dst netip.Addr
	IP       []byte // the IP header
	AH       []byte // the authentication header behind it, if there is one
	Body     []byte // the VRRP part, by the IP header's length
	Version  int
	VRID     uint8
	Priority uint8
}

// ID is the IPv4 header's identification; IPv6 has none.
func (a Advert) ID() uint16 {
	if a.Src.Is6() {
		return 0
	}
	return binary.BigEndian.Uint16(a.IP[4:])
}

// TTL is the IP header's time to live, or its hop limit.
func (a Advert) TTL() uint8 {
	if a.Src.Is6() {
		return a.IP[7]
	}
	return a.IP[8]
}

// WithoutID is the packet without what is another one in each: what two daemons with one
// configuration have in common. Of IPv4 that is the identification and the header checksum,
// which follows from it, of IPv6 the flow label that the kernel makes up, and of AH the
// integrity check value, which covers the identification.
func (a Advert) WithoutID() []byte {
	b := slices.Concat(a.IP, a.AH, a.Body)
	if a.Src.Is6() {
		b[1], b[2], b[3] = b[1]&0xf0, 0, 0
		return b
	}
	b[4], b[5], b[10], b[11] = 0, 0, 0, 0
	if len(a.AH) > ahICV {
		clear(b[len(a.IP)+ahICV : len(a.IP)+len(a.AH)])
	}
	return b
}

// ahICV is where the integrity check value of an authentication header begins.
const ahICV = 12

// decodeAdvert takes a frame of protocol 112 apart.
func decodeAdvert(f Frame) (Advert, bool) {
	p, ok := decodeIP(f)
	if !ok {
		return Advert{}, false
	}
	a := Advert{Time: f.Time, Out: f.Out, MAC: net.HardwareAddr(f.Data[6:12]), Src: p.src, Dst: p.dst, IP: p.header}
	proto, body := p.proto, p.body
	if proto == protoAH && len(body) > ahICV {
		n := min((int(body[1])+2)*4, len(body))
		proto, a.AH, body = int(body[0]), body[:n], body[n:]
	}
	if proto != protoVRRP || len(body) < 8 {
		return Advert{}, false
	}
	a.Body, a.Version, a.VRID, a.Priority = body, int(body[0]>>4), body[1], body[2]
	return a, true
}

// ipPacket is an IP packet without options of IPv6.
type ipPacket struct {
	src, dst     netip.Addr
	proto        int
	header, body []byte
}

func decodeIP(f Frame) (ipPacket, bool) {
	const ether, v4, v6 = 14, 20, 40
	if len(f.Data) < ether+v4 {
		return ipPacket{}, false
	}
	ip := f.Data[ether:]
	switch binary.BigEndian.Uint16(f.Data[12:]) {
	case etherIPv4:
		header, total := int(ip[0]&15)*4, int(binary.BigEndian.Uint16(ip[2:]))
		if total > len(ip) || total < header || header < v4 {
			return ipPacket{}, false
		}
		return ipPacket{
			netip.AddrFrom4([4]byte(ip[12:16])), netip.AddrFrom4([4]byte(ip[16:20])),
			int(ip[9]), ip[:header], ip[header:total],
		}, true
	case etherIPv6:
		if len(ip) < v6 || len(ip) < v6+int(binary.BigEndian.Uint16(ip[4:])) {
			return ipPacket{}, false
		}
		return ipPacket{
			netip.AddrFrom16([16]byte(ip[8:24])), netip.AddrFrom16([16]byte(ip[24:40])),
			int(ip[6]), ip[:v6], ip[v6 : v6+int(binary.BigEndian.Uint16(ip[4:]))],
		}, true
	}
	return ipPacket{}, false
}

// NA is a neighbour advertisement.
type NA struct {
	Time     time.Time
	Src, Dst netip.Addr
	Target   netip.Addr
	MAC      net.HardwareAddr // of the sender
	Override bool
}

// decodeNA takes a neighbour advertisement apart.
func decodeNA(f Frame) (NA, bool) {
	p, ok := decodeIP(f)
	if !ok || p.proto != protoICMP || len(p.body) < 24 || p.body[0] != 136 {
		return NA{}, false
	}
	return NA{
		Time: f.Time, Src: p.src, Dst: p.dst, MAC: net.HardwareAddr(f.Data[6:12]),
		Target: netip.AddrFrom16([16]byte(p.body[8:24])), Override: p.body[4]&0x20 != 0,
	}, true
}

// ARP is an ARP packet for IPv4 over Ethernet.
type ARP struct {
	Time      time.Time
	Out       bool
	EtherDst  net.HardwareAddr
	Request   bool
	SenderMAC net.HardwareAddr
	Sender    netip.Addr
	TargetMAC net.HardwareAddr
	Target    netip.Addr
}

// Gratuitous says whether the sender announces its own address.
func (a ARP) Gratuitous() bool { return a.Sender == a.Target }

// decodeARP takes an ARP frame apart.
func decodeARP(f Frame) (ARP, bool) {
	if len(f.Data) < 14+28 || binary.BigEndian.Uint16(f.Data[12:]) != etherARP {
		return ARP{}, false
	}
	b := f.Data[14:]
	sender, _ := netip.AddrFromSlice(b[14:18])
	target, _ := netip.AddrFromSlice(b[24:28])
	return ARP{
		Time: f.Time, Out: f.Out, EtherDst: net.HardwareAddr(f.Data[:6]),
		Request:   binary.BigEndian.Uint16(b[6:]) == 1,
		SenderMAC: net.HardwareAddr(b[8:14]), Sender: sender,
		TargetMAC: net.HardwareAddr(b[18:24]), Target: target,
	}, true
}
