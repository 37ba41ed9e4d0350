// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// FuzzPacket gives arbitrary datagrams to instances of every kind. None may panic; what is
// accepted without a remark is what the receiver itself would send.
func FuzzPacket(f *testing.F) {
	var configs []Config
	for _, fr := range frames() {
		f.Add(unhex(f, fr.hex))
		configs = append(configs, fr.config)
		signed := fr.config
		signed.HMAC, signed.Auth = oneKey(Permissive), AuthNone
		configs = append(configs, signed)
	}
	for _, v := range vectors() {
		f.Add(append(make([]byte, ipHeaderLen), unhex(f, v.hex)...))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p4, v4 := ParseIPv4(b)
		p6, v6 := ParseIPv6(b, lower6, group6, 255)
		for i := range configs {
			if configs[i].IPv6 && v6 == Accept {
				judge(t, configs[i], p6)
			} else if !configs[i].IPv6 && v4 == Accept {
				judge(t, configs[i], p4)
			}
		}
	})
}

func judge(t *testing.T, c Config, p Packet) {
	t.Helper()
	w := NewWire(c)
	ad, found := w.Check(p, noon)
	for v := range Verdict(Verdicts) {
		if found.Has(v) {
			w.Line("I", v, p)
		}
	}
	if found == 0 && p.AH == nil && len(p.trailer()) == 0 {
		roundTrip(t, c, p, ad)
	}
}

// roundTrip rebuilds an accepted packet with what its sender may choose: order of addresses,
// and authentication data that nobody looks at.
func roundTrip(t *testing.T, c Config, p Packet, ad Advert) {
	t.Helper()
	if c.Addrs = nil; c.Version == 3 && p.Message[4]&0xf0 != 0 || c.SumAsV2 {
		return // reserved bits are ignored on receipt and not sent; any checksum is right
	}
	for i := range p.count() {
		c.Addrs = append(c.Addrs, p.addr(i))
	}
	c.HMAC = nil
	w := NewWire(c)
	w.Source = p.Src
	w.Begin(ad.Priority, noon)
	again := w.To(p.Dst)[w.messageStart():]
	want := bytes.Clone(p.Message)
	if c.Version == 2 && !c.IPv6 && c.Auth == AuthNone {
		clear(want[len(want)-authDataLen:])
		binary.BigEndian.PutUint16(want[6:], 0)
		binary.BigEndian.PutUint16(want[6:], checksum(want, p.Src, noPseudoHeader))
	}
	if sum := want[6:8]; sum[0] == 0xff && sum[1] == 0xff {
		copy(again[6:8], sum) // the other form of zero
	}
	if oldSums := c.Unicast() && c.Version == 3; !oldSums && !bytes.Equal(want, again) {
		t.Errorf("received %x\nsent     %x", want, again)
	}
}
