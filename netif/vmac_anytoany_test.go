// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// randomWish is any set of VMACs on a and b, and any settings.
func randomWish(r *rand.Rand) LinkWish {
	var w LinkWish
	for _, parent := range []string{"a", "b"} {
		for vrid := range uint8(3) {
			for _, six := range []bool{false, true} {
				if r.IntN(2) == 0 {
					continue
				}
				w.Links = append(w.Links, Virtual{
					Key: fmt.Sprint(parent, vrid, six), Owner: "VI", Kind: KindMACVLAN, Mode: MACVLANPrivate, Parent: parent,
					MAC: RouterMAC(vrid+1, six), Prefix: "vrrp", VRID: vrid + 1, IPv6: six, LinkLocal: six,
				})
			}
		}
		if r.IntN(2) == 0 {
			w.Sysctls = append(w.Sysctls, PromoteSecondaries(parent))
		}
	}
	return w
}

// parts gives what the kernel has of macvlans: parent and MAC address of each.
func parts(t *testing.T) []string {
	t.Helper()
	list, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, ifi := range list {
		if strings.HasPrefix(ifi.Name, "vrrp") {
			_, rest, _ := strings.Cut(ip(t, "-o link show dev "+ifi.Name), "@")
			parent, _, _ := strings.Cut(rest, ":")
			out = append(out, parent+" "+ifi.HardwareAddr.String())
		}
	}
	slices.Sort(out)
	return out
}

// From any state to any other, with somebody else deleting and changing things, there is
// what is wished for; in the end all is as before.
func TestLinksAnyToAny(t *testing.T) {
	namespace(t)
	ip(t, "addr add fe80::a/64 dev a nodad")
	sysctl(t, "ipv4/conf/all/rp_filter", "1")
	before := netSysctls(t)
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	l := openLinks(t, LinkMemory{})
	for step := range 40 {
		w := randomWish(r)
		set(t, l, w)
		var want []string
		for _, v := range w.Links {
			want = append(want, v.Parent+" "+v.MAC.String())
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, parts(t)); diff != "" {
			t.Fatalf("seed %d step %d (-want +got):\n%s", seed, step, diff)
		}
		if r := set(t, l, w); len(r.Done)+len(r.Changed)+len(r.Restored) > 0 {
			t.Fatalf("seed %d step %d: nothing to do, but %+v", seed, step, r)
		}
		switch r.IntN(4) {
		case 0:
			interfere(t, w)
		case 1:
			l = successor(t, l)
		}
	}
	set(t, l, LinkWish{})
	if diff := cmp.Diff(before, netSysctls(t)); diff != "" {
		t.Errorf("seed %d: settings afterwards (-want +got):\n%s", seed, diff)
	}
	if left := parts(t); left != nil {
		t.Errorf("seed %d: left behind %v", seed, left)
	}
}

// interfere deletes a link and changes a setting behind our back.
func interfere(t *testing.T, w LinkWish) {
	t.Helper()
	list, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, ifi := range list {
		if strings.HasPrefix(ifi.Name, "vrrp") {
			ip(t, "link del "+ifi.Name)
			break
		}
	}
	for _, v := range w.Links {
		if !v.IPv6 {
			sysctl(t, "ipv4/conf/"+v.Parent+"/arp_ignore", "0")
		}
	}
}

// successor is a new process that knows what the one before it has saved.
func successor(t *testing.T, l *Links) *Links {
	t.Helper()
	return openLinks(t, l.Memory())
}

// What was there before is saved before it is changed: a process may end at any time.
func TestSettingsAreSavedFirst(t *testing.T) {
	namespace(t)
	l := openLinks(t, LinkMemory{})
	var saved []LinkMemory
	l.Resume(LinkMemory{}, func(m LinkMemory) error {
		if v, err := (&procFiles{}).read("ipv4/conf/a/arp_ignore"); err != nil || v != 0 {
			t.Errorf("arp_ignore is %d already, %v", v, err)
		}
		saved = append(saved, m)
		return nil
	})
	w := LinkWish{Links: []Virtual{vmac4()}}
	set(t, l, w)
	want := []Sysctl{{Path: arpFilter, Link: index(t, "a")}, {Path: arpIgnore, Link: index(t, "a")}}
	if len(saved) != 1 || saved[0].Links["v4"] != index(t, "vrrp.51") {
		t.Fatalf("saved %+v", saved)
	}
	if diff := cmp.Diff(want, saved[0].Sysctls, cmp.AllowUnexported(Sysctl{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	set(t, l, w)
	if len(saved) != 1 {
		t.Errorf("saved again though nothing is new: %+v", saved[1:])
	}
}
