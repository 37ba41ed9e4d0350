// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"encoding/hex"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/bpf"
)

func addrs(list ...string) []netip.Addr {
	var out []netip.Addr
	for _, s := range list {
		out = append(out, netip.MustParseAddr(s))
	}
	return out
}

// passes runs a filter over a packet as the kernel would.
func passes(t testing.TB, filter []bpf.Instruction, packet []byte) bool {
	t.Helper()
	vm, err := bpf.NewVM(filter)
	if err != nil {
		t.Fatal(err)
	}
	n, err := vm.Run(packet)
	if err != nil {
		t.Fatal(err)
	}
	return n > 0
}

// arpBody is an ARP packet without its Ethernet header.
func arpBody(t testing.TB, ip netip.Addr) []byte {
	t.Helper()
	b, err := appendGARP(nil, [6]byte{2, 0, 0, 0, 0, 0x0b}, ip)
	if err != nil {
		t.Fatal(err)
	}
	return b[etherHeaderLen:]
}

func TestARPFilter(t *testing.T) {
	t.Parallel()
	filter := claimARPFilter(addrs("10.0.0.100", "fd00::a00:65", "10.0.0.102"))
	own := netip.MustParseAddr("10.0.0.100")
	probe := arpBody(t, own)
	copy(probe[arpSenderIP:], []byte{0, 0, 0, 0})
	reply := arpBody(t, own)
	reply[7] = 2
	token := arpBody(t, own)
	token[1] = 6
	for _, c := range []struct {
		name string
		b    []byte
		want bool
	}{
		{"gratuitous ARP for a watched address", arpBody(t, own), true},
		{"reply from a watched address", reply, true},
		{"another watched address", arpBody(t, netip.MustParseAddr("10.0.0.102")), true},
		{"another address", arpBody(t, netip.MustParseAddr("10.0.0.101")), false},
		{"probe: nobody claims anything", probe, false},
		{"other hardware", token, false},
		{"cut off", arpBody(t, own)[:16], false},
		{"empty", nil, false},
	} {
		if got := passes(t, filter, c.b); got != c.want {
			t.Errorf("%s: passes: %v, want %v", c.name, got, c.want)
		}
	}
	if passes(t, claimARPFilter(nil), arpBody(t, own)) {
		t.Error("a filter without addresses lets something through")
	}
}

// TestARPFilterSizes: any number of addresses, by random ones that are in and that are not.
func TestARPFilterSizes(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{1, 2, 3, 4, 5, 8, 9, 100, 250, 1000} {
		watched := map[netip.Addr]bool{}
		var list []netip.Addr
		for len(list) < n {
			ip := netip.AddrFrom4([4]byte{byte(rnd.IntN(256)), byte(rnd.IntN(256)), 0, byte(rnd.IntN(256))})
			if !watched[ip] {
				watched[ip] = true
				list = append(list, ip)
			}
		}
		filter := claimARPFilter(list)
		if raw, err := bpf.Assemble(filter); err != nil || len(raw) > 4096 {
			t.Fatalf("%d addresses: %d instructions, %v", n, len(raw), err)
		}
		for _, ip := range list {
			if !passes(t, filter, arpBody(t, ip)) {
				t.Errorf("%d addresses: %v is held back", n, ip)
			}
			for _, other := range []netip.Addr{ip.Next(), ip.Prev()} {
				if other.Is4() && !watched[other] && passes(t, filter, arpBody(t, other)) {
					t.Errorf("%d addresses: %v passes", n, other)
				}
			}
		}
	}
}

// TestARPFilterOfVeryMany: none of the watched addresses is held back, the filter fits into the
// kernel, and most others do not pass.
func TestARPFilterOfVeryMany(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(2, 2))
	for _, n := range []int{1001, 3000, 20000} {
		var list []netip.Addr
		for range n {
			list = append(list, netip.AddrFrom4([4]byte{10, byte(rnd.IntN(256)), byte(rnd.IntN(256)), byte(rnd.IntN(256))}))
		}
		filter := claimARPFilter(list)
		if raw, err := bpf.Assemble(filter); err != nil || len(raw) > 4096 {
			t.Fatalf("%d addresses: %d instructions, %v", n, len(raw), err)
		}
		for _, ip := range list {
			if !passes(t, filter, arpBody(t, ip)) {
				t.Fatalf("%d addresses: %v is held back", n, ip)
			}
		}
		through := 0
		for range 1000 {
			if passes(t, filter, arpBody(t, netip.AddrFrom4([4]byte{byte(rnd.IntN(256)), 1, 2, byte(rnd.IntN(256))}))) {
				through++
			}
		}
		if through > 20 {
			t.Errorf("%d addresses: %d of 1000 others pass", n, through)
		}
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		words []uint32
		most  int
		want  []span
	}{
		"none":                {nil, 2, nil},
		"one":                 {[]uint32{7}, 2, []span{{7, 7}}},
		"in a row":            {[]uint32{7, 8, 9, 11}, 9, []span{{7, 9}, {11, 11}}},
		"as many as fit":      {[]uint32{1, 5, 9}, 3, []span{{1, 1}, {5, 5}, {9, 9}}},
		"the narrowest gap":   {[]uint32{1, 5, 8, 20}, 3, []span{{1, 1}, {5, 8}, {20, 20}}},
		"equal gaps":          {[]uint32{1, 5, 9, 13}, 3, []span{{1, 13}}},
		"all":                 {[]uint32{1, 5, 8, 1 << 31}, 1, []span{{1, 1 << 31}}},
		"to the highest":      {[]uint32{0, 1<<32 - 2, 1<<32 - 1}, 2, []span{{0, 0}, {1<<32 - 2, 1<<32 - 1}}},
		"more than fit, rows": {[]uint32{1, 2, 3, 9, 10, 20}, 3, []span{{1, 3}, {9, 10}, {20, 20}}},
	} {
		if diff := cmp.Diff(tt.want, spansOf(tt.words, tt.most), cmp.AllowUnexported(span{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestSightings(t *testing.T) {
	t.Parallel()
	s, ok := arpSighting(arpBody(t, netip.MustParseAddr("10.0.0.100")))
	if !ok || s.IP.String() != "10.0.0.100" || s.MAC.String() != "02:00:00:00:00:0b" {
		t.Errorf("ARP: %+v, %v", s, ok)
	}
	if _, ok := arpSighting([]byte{0, 1}); ok {
		t.Error("a short ARP packet is a sighting")
	}
	na, err := hex.DecodeString(recordedNA)
	if err != nil {
		t.Fatal(err)
	}
	na = na[etherHeaderLen+ipv6HeaderLen:]
	for _, c := range []struct {
		name string
		b    []byte
		ok   bool
		mac  string
	}{
		{"as recorded", na, true, "02:00:00:00:00:0a"},
		{"without the option", na[:24], true, ""},
		{"option of no length", append(append([]byte(nil), na[:24]...), 2, 0, 0, 0, 0, 0, 0, 0), true, ""},
		{"option cut off", na[:30], true, ""},
		{"option after another", append(append(append([]byte(nil), na[:24]...), 14, 1, 0, 0, 0, 0, 0, 0), na[24:]...), true, "02:00:00:00:00:0a"},
		{"cut off", na[:23], false, ""},
	} {
		s, ok := naSighting(c.b)
		if ok != c.ok || ok && s.IP.String() != "fe80::5" {
			t.Errorf("%s: %+v, %v", c.name, s, ok)
		}
		if diff := cmp.Diff(c.mac, s.MAC.String()); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", c.name, diff)
		}
	}
}

func FuzzNASighting(f *testing.F) {
	na, err := hex.DecodeString(recordedNA)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(na[etherHeaderLen+ipv6HeaderLen:])
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, ok := naSighting(b); ok && !s.IP.Is6() {
			t.Errorf("%x: %+v", b, s)
		}
	})
}
