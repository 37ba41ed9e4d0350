// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"encoding/binary"
	"net"
	"net/netip"
	"time"
)

const (
	etherIPv4 = 0x0800
	etherARP  = 0x0806
	protoVRRP = 112
)

// Advert is a VRRP advert as it was on the wire. Its body is not judged.
type Advert struct {
	Time     time.Time
	Out      bool
	MAC      net.HardwareAddr // of the sender
	Src, Dst netip.Addr
	IP       []byte // the IPv4 header
	Body     []byte // the VRRP part, by the IP header's length
	Version  int
	VRID     uint8
	Priority uint8
}

// ID is the IP header's identification.
func (a Advert) ID() uint16 { return binary.BigEndian.Uint16(a.IP[4:]) }

// TTL is the IP header's time to live.
func (a Advert) TTL() uint8 { return a.IP[8] }

// WithoutID is header and body with the identification and the header checksum, which
// follows from it, set to zero: what two daemons with one configuration have in common.
func (a Advert) WithoutID() []byte {
	b := append(append([]byte(nil), a.IP...), a.Body...)
	b[4], b[5], b[10], b[11] = 0, 0, 0, 0
	return b
}

// decodeAdvert takes an IPv4 frame of protocol 112 apart.
func decodeAdvert(f Frame) (Advert, bool) {
	if len(f.Data) < 14+20 || binary.BigEndian.Uint16(f.Data[12:]) != etherIPv4 || f.Data[23] != protoVRRP {
		return Advert{}, false
	}
	ip := f.Data[14:]
	header, total := int(ip[0]&15)*4, int(binary.BigEndian.Uint16(ip[2:]))
	if total > len(ip) || total < header+8 || header < 20 {
		return Advert{}, false
	}
	src, _ := netip.AddrFromSlice(ip[12:16])
	dst, _ := netip.AddrFromSlice(ip[16:20])
	body := ip[header:total]
	return Advert{
		Time: f.Time, Out: f.Out, MAC: net.HardwareAddr(f.Data[6:12]), Src: src, Dst: dst,
		IP: ip[:header], Body: body,
		Version: int(body[0] >> 4), VRID: body[1], Priority: body[2],
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
