// SPDX-License-Identifier: Apache-2.0

package nft

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func place(protocol uint8, first, last string, port uint16, mark uint32) Place {
	return Place{protocol, netip.MustParseAddr(first), netip.MustParseAddr(last), port, mark}
}

// recordedMarks are what the recording marks.nft means: the messages that keepalived 2.2.7 sent
// for two groups, of which one has two virtual servers, read back by nft.
func recordedMarks() Marks {
	m := Marks{Table: "ka_ipvs", Priority: -1}
	for _, p := range []struct {
		number uint8
		mark   uint32
	}{{unix.IPPROTO_TCP, 5000}, {unix.IPPROTO_UDP, 5001}} {
		m.Places = append(m.Places,
			place(p.number, "10.9.1.1", "10.9.1.1", 80, p.mark), place(p.number, "10.9.1.5", "10.9.1.7", 81, p.mark),
			place(p.number, "10.9.1.9", "10.9.1.9", 80, p.mark))
	}
	m.Places = append(m.Places,
		place(unix.IPPROTO_TCP, "fd00::1", "fd00::1", 80, 5002), place(unix.IPPROTO_TCP, "fd00::10", "fd00::12", 443, 5002))
	return m
}

func TestMarksAreKeepaliveds(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(plain(recording(t, "marks")), plain(written(recordedMarks().tables()))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func mustMark(t testing.TB, f *Firewall, m Marks) {
	t.Helper()
	if err := f.SetMarks(m); err != nil {
		t.Fatal(err)
	}
}

// TestKernelHasKeepalivedsMarks makes them, changes them and takes them away.
func TestKernelHasKeepalivedsMarks(t *testing.T) {
	namespace(t)
	f := open(t)
	m := recordedMarks()
	mustMark(t, f, m)
	want := plain(recording(t, "marks"))
	if diff := cmp.Diff(want, plain(ruleset(t))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}

	grown := recordedMarks()
	grown.Places[1].Last = netip.MustParseAddr("10.9.1.8")
	grown.Places = append(grown.Places, place(unix.IPPROTO_SCTP, "10.9.1.1", "10.9.1.1", 0, 5003))
	mustMark(t, f, grown)
	got := strings.Join(plain(ruleset(t)), "\n")
	for _, text := range []string{
		"10.9.1.5-10.9.1.8 . 81 : 0x00001388", "10.9.1.5-10.9.1.7 . 81 : 0x00001389",
		"10.9.1.1 . 0-65535 : 0x0000138b", "meta mark set ip daddr . sctp dport map @sctp_map return",
	} {
		if !strings.Contains(got, text) {
			t.Errorf("%q is not in\n%s", text, got)
		}
	}
	mustMark(t, f, m)
	if diff := cmp.Diff(want, plain(ruleset(t))); diff != "" {
		t.Errorf("and back (-want +got)\n%s", diff)
	}
	mustMark(t, f, Marks{Table: m.Table})
	if got := ruleset(t); got != "" {
		t.Errorf("left behind:\n%s", got)
	}
}

// TestMarksMadeAgain: what another program flushed is seen by a check and made again; what
// an earlier process left is replaced.
func TestMarksMadeAgain(t *testing.T) {
	namespace(t)
	m := recordedMarks()
	mustMark(t, open(t), m)
	f := open(t)
	if err := f.Check(); err != nil {
		t.Fatal(err)
	}
	m.Places = m.Places[:1]
	mustMark(t, f, m)
	want := ruleset(t)
	if strings.Contains(want, "udp") || !strings.Contains(want, "10.9.1.1 . 80") {
		t.Errorf("what an earlier process left:\n%s", want)
	}
	run(t, "nft flush ruleset")
	mustMark(t, f, m)
	if got := ruleset(t); got != "" {
		t.Errorf("made without a check:\n%s", got)
	}
	if err := f.Check(); err != nil {
		t.Fatal(err)
	}
	mustMark(t, f, m)
	if diff := cmp.Diff(want, ruleset(t)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestMarksOfPackets sends packets to places and lets nft count their marks.
func TestMarksOfPackets(t *testing.T) {
	namespace(t)
	run(t, "ip addr add 10.9.1.0/24 dev lo")
	run(t, "ip addr add fd00::11/128 dev lo")
	f := open(t)
	mustMark(t, f, Marks{Table: "marks", Priority: -1, Places: []Place{
		place(unix.IPPROTO_UDP, "10.9.1.5", "10.9.1.7", 81, 5001), place(unix.IPPROTO_UDP, "fd00::10", "fd00::12", 443, 5002),
		place(unix.IPPROTO_UDP, "10.9.1.9", "10.9.1.9", 0, 5003),
	}})
	run(t, "nft add table inet count")
	run(t, "nft add chain inet count in { type filter hook input priority 0; }")
	for _, mark := range []int{0, 5001, 5002, 5003} {
		run(t, fmt.Sprintf("nft add rule inet count in meta l4proto udp meta mark %d counter", mark))
	}
	for _, at := range []string{"10.9.1.4:81", "10.9.1.5:81", "10.9.1.7:81", "10.9.1.8:81", "10.9.1.6:82", "[fd00::11]:443", "10.9.1.9:1", "10.9.1.9:65535"} {
		conn, err := net.DialTimeout("udp", at, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
	}
	got := ruleset(t)
	for mark, n := range map[uint32]int{0: 3, 5001: 2, 5002: 1, 5003: 2} {
		if want := fmt.Sprintf("meta mark 0x%08x counter packets %d ", mark, n); !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

func TestDistinct(t *testing.T) {
	t.Parallel()
	first := place(6, "10.9.1.5", "10.9.1.7", 80, 1)
	six := place(6, "fd00::1", "fd00::9", 80, 1)
	for _, tt := range []struct {
		name  string
		p     Place
		clash bool
	}{
		{"the same", first, true},
		{"the same for another mark", place(6, "10.9.1.5", "10.9.1.7", 80, 2), true},
		{"overlaps at the end", place(6, "10.9.1.7", "10.9.1.9", 80, 2), true},
		{"overlaps at the beginning", place(6, "10.9.1.1", "10.9.1.5", 80, 2), true},
		{"around", place(6, "10.9.1.0", "10.9.1.9", 80, 2), true},
		{"within", place(6, "10.9.1.6", "10.9.1.6", 80, 2), true},
		{"every port", place(6, "10.9.1.6", "10.9.1.6", 0, 2), true},
		{"before", place(6, "10.9.1.1", "10.9.1.4", 80, 2), false},
		{"behind", place(6, "10.9.1.8", "10.9.1.8", 80, 2), false},
		{"another port", place(6, "10.9.1.6", "10.9.1.6", 81, 2), false},
		{"another protocol", place(17, "10.9.1.6", "10.9.1.6", 80, 2), false},
		{"in the other family", place(6, "fd00::9", "fd00::a", 80, 2), true},
		{"behind in the other family", place(6, "fd00::a", "fd00::a", 80, 2), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			kept, clashes := Distinct([]Place{first, six, tt.p})
			if len(clashes) == 1 != tt.clash || len(kept)+len(clashes) != 3 {
				t.Errorf("kept %v, clashes %v", kept, clashes)
			}
		})
	}
}

// TestDistinctOfMany compares the answer with what it means, pair by pair.
func TestDistinctOfMany(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var places []Place
	for range 2000 {
		from := random.IntN(4000)
		to := from + random.IntN(4)
		at := func(n int) string { return fmt.Sprintf("10.9.%d.%d", n/250, n%250) }
		places = append(places, place(6+uint8(random.IntN(2)), at(from), at(to), uint16(random.IntN(4)), 1))
	}
	overlap := func(a, b Place) bool {
		port := a.Port == b.Port || a.Port == 0 || b.Port == 0
		return a.Protocol == b.Protocol && port && !a.Last.Less(b.First) && !b.Last.Less(a.First)
	}
	var want []Place
	for _, p := range places {
		if !slices.ContainsFunc(want, func(o Place) bool { return overlap(o, p) }) {
			want = append(want, p)
		}
	}
	kept, clashes := Distinct(places)
	if !slices.Equal(kept, want) || len(kept)+len(clashes) != len(places) || len(clashes) == 0 {
		t.Errorf("kept %d, clashes %d, want %d to be kept of %d", len(kept), len(clashes), len(want), len(places))
	}
}
