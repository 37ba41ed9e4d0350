// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"bytes"
	"testing"
)

// FuzzPacket gives arbitrary datagrams to instances of every kind. None may panic; what is
// accepted without a remark is what the receiver itself would send.
func FuzzPacket(f *testing.F) {
	var wires []Wire
	for _, fr := range frames() {
		f.Add(unhex(f, fr.hex))
		wires = append(wires, fr.wire)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, v := ParseIPv4(b)
		if v != Accept {
			return
		}
		for i := range wires {
			w := &wires[i]
			ad, v := w.Check(p)
			w.Line("I", v, p)
			if v == Accept {
				roundTrip(t, *w, p, ad)
			}
		}
	})
}

// roundTrip rebuilds an accepted packet with what its sender may choose: interval, order of
// addresses, and authentication data that nobody looks at.
func roundTrip(t *testing.T, w Wire, p Packet, ad Advert) {
	t.Helper()
	w.AdvertInt, w.Addrs = ad.Interval, nil
	for i := range p.count() {
		w.Addrs = append(w.Addrs, p.addr(i))
	}
	if w.Version == 2 {
		w.AuthData = p.authData()
	} else if p.Payload[4]&0xf0 != 0 {
		return // reserved bits are ignored on receipt and not sent
	}
	again := w.Append(nil, p.Src, p.Dst, ad.Priority)
	if sum := p.Payload[6:8]; sum[0] == 0xff && sum[1] == 0xff {
		copy(again[6:8], sum) // the other form of zero
	}
	if !bytes.Equal(p.Payload, again) {
		t.Errorf("received %x\nsent     %x", p.Payload, again)
	}
}
