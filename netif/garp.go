// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"encoding/binary"
	"net/netip"

	"github.com/mdlayher/arp"
	"github.com/mdlayher/ethernet"
)

const (
	macLen         = 6
	etherHeaderLen = 14
)

// appendGARP appends a gratuitous ARP as an Ethernet frame: a request with the announced
// IPv4 address as sender and as target. The Ethernet header is built here since
// ethernet.Frame would pad the frame to 60 bytes; that is left to the interface.
func appendGARP(b []byte, mac [macLen]byte, ip netip.Addr) ([]byte, error) {
	p, err := arp.NewPacket(arp.OperationRequest, mac[:], ip, ethernet.Broadcast, ip)
	if err != nil {
		return nil, err
	}
	body, err := p.MarshalBinary()
	if err != nil {
		return nil, err
	}
	b = append(append(b, ethernet.Broadcast...), mac[:]...)
	b = binary.BigEndian.AppendUint16(b, uint16(ethernet.EtherTypeARP))
	return append(b, body...), nil
}
