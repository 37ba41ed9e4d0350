// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"
)

func tcp(s string) Key {
	ap := netip.MustParseAddrPort(s)
	return Key{Protocol: 6, Addr: ap.Addr(), Port: ap.Port()}
}

func service(s string) Service {
	k := tcp(s)
	return Service{Key: k, Scheduler: "rr", Netmask: FullMask(k.Addr)}
}

func dest(s string, weight int) Dest {
	ap := netip.MustParseAddrPort(s)
	return Dest{Addr: ap.Addr(), Port: ap.Port(), Weight: weight}
}

func entry(s string, dests ...Dest) Entry { return Entry{Service: service(s), Dests: dests} }

// lines gives the ops as ipvsadm command lines.
func lines(ops []Op) []string {
	var l []string
	for _, o := range ops {
		l = append(l, o.String())
	}
	return l
}

// sorted gives the lines of a dump in an order that does not depend on the
// table's.
func sorted(dump string) []string {
	l := strings.Split(strings.TrimSpace(dump), "\n")
	slices.Sort(l)
	return l
}

// randomTable makes a table of few keys and few values, so that two of them
// have much in common.
func randomTable(r *rand.Rand) Table {
	var t Table
	for i := range 4 {
		if r.IntN(3) == 0 {
			continue
		}
		s := service(fmt.Sprintf("10.9.0.%d:80", i+1))
		if i == 3 {
			s = service("[fd00::9]:80")
		}
		s.Scheduler = []string{"rr", "wlc"}[r.IntN(2)]
		s.Timeout = time.Duration(r.IntN(2)*300) * time.Second
		if s.Addr.Is4() && r.IntN(3) == 0 {
			s.Netmask = 0xffffff00
		}
		t = append(t, Entry{Service: s, Dests: randomDests(r, s)})
	}
	if r.IntN(2) == 0 {
		t = append(t, randomMark(r))
	}
	r.Shuffle(len(t), func(i, j int) { t[i], t[j] = t[j], t[i] })
	return t
}

func randomDests(r *rand.Rand, s Service) []Dest {
	var dests []Dest
	for i := range 5 {
		if r.IntN(3) == 0 {
			continue
		}
		at := fmt.Sprintf("127.0.0.%d:80", i+10)
		if s.Addr.Is6() {
			at = fmt.Sprintf("[fd00::%d]:80", i+10)
		}
		d := dest(at, r.IntN(3)*40000)
		d.Method = []Method{Masq, Tunnel, Route}[r.IntN(3)]
		d.Upper = uint32(r.IntN(2) * 100)
		if d.Method == Tunnel {
			d.Tunnel = randomTunnel(r)
		}
		dests = append(dests, d)
	}
	r.Shuffle(len(dests), func(i, j int) { dests[i], dests[j] = dests[j], dests[i] })
	return dests
}

func randomTunnel(r *rand.Rand) TunnelOptions {
	return []TunnelOptions{
		{},
		{Type: GUE, Port: 6080 + uint16(r.IntN(2)), Flags: TunnelFlags(r.IntN(3))},
		{Type: GRE, Flags: TunnelFlags(r.IntN(2))},
	}[r.IntN(3)]
}

// randomMark makes a service of a mark that serves both families by tunnels,
// with and without options that only some services have.
func randomMark(r *rand.Rand) Entry {
	s := Service{Key: Key{FWMark: 5, Addr: netip.IPv4Unspecified()}, Scheduler: "rr", Netmask: 0xffffffff}
	four, six := dest("127.0.0.11:0", r.IntN(3)), dest("[fd00::11]:0", r.IntN(3))
	four.Method, six.Method = Tunnel, Tunnel
	four.Tunnel, six.Tunnel = randomTunnel(r), randomTunnel(r)
	four.Upper, four.Lower = 10, uint32(r.IntN(2)*5) // the kernel refuses a lower one above the upper
	if r.IntN(2) == 0 {
		s.Scheduler, s.Flags = "mh", flagSched1|flagSched2
	}
	return Entry{Service: s, Dests: []Dest{four, six}}
}
