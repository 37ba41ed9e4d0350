// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mdlayher/packet"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// What keepalived 2.2.7 and 2.4.3 sent for fe80::5, fd00::5 and, on a host that forwards,
// fe80::100.
const (
	recordedNA       = "33330000000102000000000a86dd6000000000203afffe800000000000000000000000000005ff0200000000000000000000000000018800578a20000000fe800000000000000000000000000005020102000000000a"
	recordedGlobalNA = "33330000000102000000000a86dd6000000000203afffd000000000000000000000000000005ff02000000000000000000000000000188005a8a20000000fd000000000000000000000000000005020102000000000a"
	recordedRouterNA = "33330000000102000000000a86dd6000000000203afffe800000000000000000000000000100ff0200000000000000000000000000018800d593a0000000fe800000000000000000000000000100020102000000000a"
)

// captureNA opens a socket that gets all neighbour advertisements of an interface.
func captureNA(t testing.TB, name string) *packet.Conn {
	t.Helper()
	filter, err := bpf.Assemble([]bpf.Instruction{
		bpf.LoadAbsolute{Off: etherHeaderLen + ipv6HeaderLen, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: typeNA, SkipTrue: 1},
		bpf.RetConstant{Val: 1 << 16},
		bpf.RetConstant{Val: 0},
	})
	if err != nil {
		t.Fatal(err)
	}
	return captureOf(t, name, unix.ETH_P_IPV6, filter)
}

func TestNAIsKeepalivedsFrame(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ip     string
		router bool
		want   string
	}{
		{"fe80::5", false, recordedNA},
		{"fd00::5", false, recordedGlobalNA},
		{"fe80::100", true, recordedRouterNA},
	} {
		got := appendNA(nil, [6]byte{2, 0, 0, 0, 0, 0x0a}, netip.MustParseAddr(c.ip), c.router)
		if diff := cmp.Diff(c.want, hex.EncodeToString(got)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", c.ip, diff)
		}
	}
}

// TestAnnounceBothFamilies: one call serves both, each in the order of its targets.
func TestAnnounceBothFamilies(t *testing.T) {
	a, _ := namespace(t)
	arps, nas := capture(t, "b"), captureNA(t, "b")
	list := []Target{target(a, "fe80::5"), target(a, "10.0.0.100"), target(a, "fd00::5")}
	if err := newAnnouncer(t).Announce(list, 2); err != nil {
		t.Fatal(err)
	}
	want := []string{recordedNA, recordedGlobalNA, recordedNA, recordedGlobalNA}
	if diff := cmp.Diff(want, captured(t, nas, 4)); diff != "" {
		t.Errorf("neighbour advertisements (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{recorded, recorded}, captured(t, arps, 2)); diff != "" {
		t.Errorf("ARP (-want +got)\n%s", diff)
	}
}

// TestNARouterFlag: keepalived 2.2.7 asks for the interface's own setting.
func TestNARouterFlag(t *testing.T) {
	a, _ := namespace(t)
	wire := captureNA(t, "b")
	an := newAnnouncer(t)
	for _, c := range []struct{ all, own, flags string }{
		{"0", "0", "20"}, {"0", "1", "a0"}, {"1", "0", "20"}, {"1", "1", "a0"},
	} {
		sysctl(t, "ipv6/conf/all/forwarding", c.all) // sets that of each interface, too
		sysctl(t, "ipv6/conf/a/forwarding", c.own)
		if err := an.Announce([]Target{target(a, "fe80::100")}, 1); err != nil {
			t.Fatal(err)
		}
		if got := captured(t, wire, 1)[0][116:118]; got != c.flags {
			t.Errorf("all %s, own %s: flags %s, want %s", c.all, c.own, got, c.flags)
		}
	}
}

// TestNAIsUnderstood: a neighbour that knew another owner of the address follows.
func TestNAIsUnderstood(t *testing.T) {
	a, _ := namespace(t)
	ip(t, "addr add fd00::2/64 dev b nodad")
	ip(t, "neigh add fd00::5 dev b lladdr 02:00:00:00:00:99 nud stale")
	if err := newAnnouncer(t).Announce([]Target{target(a, "fd00::5")}, 1); err != nil {
		t.Fatal(err)
	}
	eventually(t, "b knows the new owner of fd00::5", func() bool {
		return strings.Contains(ip(t, "neigh show to fd00::5 dev b"), "lladdr 02:00:00:00:00:0a")
	})
}

// TestAnnounceOnVMACs: every frame carries the address of the interface that it leaves
// from, and all interfaces are served in turn.
func TestAnnounceOnVMACs(t *testing.T) {
	namespace(t)
	wire := capture(t, "b")
	var list []Target
	var want []string
	for _, vrid := range []string{"33", "34", "35"} {
		ip(t, "link add link a name vrrp."+vrid+" address 00:00:5e:00:01:"+vrid+" type macvlan mode private")
		up(t, "vrrp."+vrid)
		list = append(list, target(index(t, "vrrp."+vrid), "10.0.0.100"))
		want = append(want, strings.ReplaceAll(recorded, "02000000000a", "00005e0001"+vrid))
	}
	if err := newAnnouncer(t).Announce(list, 2); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append(want, want...), captured(t, wire, 6)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
