// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// openLinks opens Links that forget, in the namespace of the test.
func openLinks(t *testing.T, m LinkMemory) *Links {
	t.Helper()
	l, err := OpenLinks()
	if err != nil {
		t.Fatal(err)
	}
	l.Resume(m, func(LinkMemory) error { return nil })
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// vmac4 and vmac6 are the VMACs of VRID 51 on a.
func vmac4() Virtual {
	return Virtual{
		Key: "v4", Owner: "VI_1", Kind: KindMACVLAN, Mode: MACVLANPrivate, Parent: "a",
		MAC: RouterMAC(51, false), Prefix: "vrrp", VRID: 51,
	}
}

func vmac6() Virtual {
	return Virtual{
		Key: "v6", Owner: "VI_6", Kind: KindMACVLAN, Mode: MACVLANPrivate, Parent: "a",
		MAC: RouterMAC(51, true), Prefix: "vrrp", VRID: 51, IPv6: true, LinkLocal: true,
	}
}

// set brings a wish about and fails the test on any error.
func set(t *testing.T, l *Links, w LinkWish) LinkReport {
	t.Helper()
	r := l.Set(w)
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	for _, d := range r.Done {
		if d.Err != nil {
			t.Fatalf("%+v", d)
		}
	}
	for _, c := range slices.Concat(r.Changed, r.Restored) {
		if c.Err != nil {
			t.Fatalf("%+v", c)
		}
	}
	return r
}

// done writes what a Set did.
func done(r LinkReport) []string {
	var out []string
	for _, d := range r.Done {
		out = append(out, []string{"made", "found", "deleted", "moved"}[d.Kind]+" "+d.Name)
	}
	return out
}

// netSysctls reads all settings of links that VRRP may touch.
func netSysctls(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, pattern := range []string{"ipv4/conf/*/*", "ipv6/conf/*/*", "ipv4/igmp*"} {
		files, err := filepath.Glob("/proc/sys/net/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err == nil { // some are only to be written
				out[strings.TrimPrefix(f, "/proc/sys/net/")] = strings.TrimSpace(string(b))
			}
		}
	}
	return out
}

// changes lists what differs from before; a new link is compared with the default.
func changes(before, now map[string]string) []string {
	var out []string
	for f, v := range now {
		old, ok := before[f]
		if !ok {
			part := strings.Split(f, "/")
			part[2] = "default"
			old = before[strings.Join(part, "/")]
		}
		if v != old && !strings.HasSuffix(f, "/mtu") && !strings.HasSuffix(f, "/stable_secret") {
			out = append(out, f+" "+old+"->"+v)
		}
	}
	slices.Sort(out)
	return out
}

// A VMAC is as keepalived makes it, with the same settings; afterwards all is as before,
// the parent's settings too, which keepalived leaves changed.
func TestVMAC(t *testing.T) {
	namespace(t)
	before := netSysctls(t)
	l := openLinks(t, LinkMemory{})

	r := set(t, l, LinkWish{Links: []Virtual{vmac4()}})
	if diff := cmp.Diff([]string{"made vrrp.51"}, done(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got := ip(t, "-d -o link show dev vrrp.51")
	for _, want := range []string{
		"vrrp.51@a: <BROADCAST,MULTICAST,UP,LOWER_UP>", "link/ether 00:00:5e:00:01:33",
		"macvlan mode private", "addrgenmode none", "group default",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
	want := []string{
		"ipv4/conf/a/arp_filter 0->1",
		"ipv4/conf/a/arp_ignore 0->1",
		"ipv4/conf/vrrp.51/accept_local 0->1",
		"ipv4/conf/vrrp.51/arp_ignore 0->1",
		"ipv4/conf/vrrp.51/promote_secondaries 0->1",
		"ipv6/conf/vrrp.51/addr_gen_mode 0->1",
		"ipv6/conf/vrrp.51/disable_ipv6 0->1",
	}
	if diff := cmp.Diff(want, changes(before, netSysctls(t))); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	if again := set(t, l, LinkWish{Links: []Virtual{vmac4()}}); len(again.Done)+len(again.Changed)+len(again.Restored) > 0 {
		t.Errorf("the same wish did something: %+v", again)
	}

	r = set(t, l, LinkWish{})
	if diff := cmp.Diff([]string{"deleted vrrp.51"}, done(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, netSysctls(t)); diff != "" {
		t.Errorf("settings afterwards (-want +got):\n%s", diff)
	}
}

// An IPv6 VMAC has the parent's link-local address, deprecated and not tested for
// duplicates, and follows it; the parent's settings stay.
func TestVMACIPv6(t *testing.T) {
	namespace(t)
	ip(t, "addr add fe80::a/64 dev a nodad")
	ip(t, "addr add fe80::99/64 dev a nodad")
	before := netSysctls(t)
	l := openLinks(t, LinkMemory{})
	w := LinkWish{Links: []Virtual{vmac6()}, VIPs: map[netip.Addr]bool{netip.MustParseAddr("fe80::99"): true}}

	set(t, l, w)
	want := []string{"ipv6/conf/vrrp.51/addr_gen_mode 0->1"}
	if diff := cmp.Diff(want, changes(before, netSysctls(t))); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	got := ip(t, "-o addr show dev vrrp.51")
	if !strings.Contains(got, "inet6 fe80::a/64 scope link nodad deprecated") || strings.Count(got, "inet6") != 1 {
		t.Errorf("addresses: %s", got)
	}

	ip(t, "addr del fe80::a/64 dev a")
	ip(t, "addr add fe80::b/64 dev a nodad")
	set(t, l, w)
	if got := ip(t, "-o addr show dev vrrp.51"); !strings.Contains(got, "fe80::b/64") || strings.Contains(got, "fe80::a/") {
		t.Errorf("the copy did not follow: %s", got)
	}
}

// Both families on one parent, a foreign link of that name, and names as keepalived gives
// them.
func TestVMACNames(t *testing.T) {
	namespace(t)
	l := openLinks(t, LinkMemory{})
	on := func(v Virtual, key, parent, name string) Virtual {
		v.Key, v.Parent, v.Name = key, parent, name
		return v
	}
	r := set(t, l, LinkWish{Links: []Virtual{
		vmac4(), on(vmac4(), "4b", "b", ""), vmac6(), on(vmac6(), "6b", "b", ""),
	}})
	want := []string{"made vrrp.51", "made vrrp1.51", "made vrrp6.51", "made vrrp2.51"}
	if diff := cmp.Diff(want, done(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	custom := vmac4()
	custom.Key, custom.Name, custom.MAC = "c", "a", []byte{2, 0xaa, 0xbb, 0xcc, 0xdd, 0xee} // a is taken
	r = set(t, l, LinkWish{Links: []Virtual{vmac4(), custom}})
	want = []string{"deleted vrrp1.51", "deleted vrrp6.51", "deleted vrrp2.51", "made vrrp1.51"}
	if diff := cmp.Diff(want, done(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A macvlan like ours is taken over under its own name, and deleted in the end.
func TestVMACFound(t *testing.T) {
	namespace(t)
	ip(t, "link add link a name mine address 00:00:5e:00:01:33 type macvlan mode private")
	ip(t, "link add link a name other address 00:00:5e:00:01:34 type macvlan mode bridge")
	l := openLinks(t, LinkMemory{})
	second := vmac4()
	second.Key, second.VRID, second.MAC = "second", 52, RouterMAC(52, false)
	ip(t, "link set dev other address 02:00:00:00:00:01")
	r := set(t, l, LinkWish{Links: []Virtual{vmac4(), second}})
	if diff := cmp.Diff([]string{"found mine", "made vrrp.52"}, done(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r = set(t, l, LinkWish{})
	if diff := cmp.Diff([]string{"deleted mine", "deleted vrrp.52"}, done(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	index(t, "other")
}

// Deleted behind our back it is made again; a setting that was changed is put back.
func TestVMACRepair(t *testing.T) {
	namespace(t)
	l := openLinks(t, LinkMemory{})
	w := LinkWish{Links: []Virtual{vmac4()}}
	set(t, l, w)
	ip(t, "link del vrrp.51")
	if diff := cmp.Diff([]string{"made vrrp.51"}, done(set(t, l, w))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	sysctl(t, "ipv4/conf/vrrp.51/arp_ignore", "0")
	sysctl(t, "ipv4/conf/a/arp_filter", "0")
	want := []SysctlChange{{Name: "net.ipv4.conf.vrrp/51.arp_ignore", Value: 1}, {Name: "net.ipv4.conf.a.arp_filter", Value: 1}}
	if diff := cmp.Diff(want, l.Check()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := l.Check(); got != nil {
		t.Errorf("nothing was changed, but %v", got)
	}
}

// What is effective for other links stays, while all is 0 for the VMAC's sake. Afterwards
// the values are the old ones.
func TestReversePathFilter(t *testing.T) {
	for _, tt := range []struct {
		name                   string
		all, dflt, a, b        string
		wantAll, wantD, wa, wb string
	}{
		{"off", "0", "1", "2", "0", "0", "1", "2", "0"},
		{"links have their own", "1", "1", "2", "1", "0", "1", "2", "1"},
		{"raised", "2", "0", "0", "1", "0", "2", "2", "2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			namespace(t)
			for dev, v := range map[string]string{"all": tt.all, "default": tt.dflt, "a": tt.a, "b": tt.b} {
				sysctl(t, "ipv4/conf/"+dev+"/rp_filter", v)
			}
			before := netSysctls(t)
			l := openLinks(t, LinkMemory{})
			set(t, l, LinkWish{Links: []Virtual{vmac4()}})
			now := netSysctls(t)
			for dev, v := range map[string]string{"all": tt.wantAll, "default": tt.wantD, "a": tt.wa, "b": tt.wb, "vrrp.51": "0"} {
				if got := now["ipv4/conf/"+dev+"/rp_filter"]; got != v {
					t.Errorf("%s: %s, want %s", dev, got, v)
				}
			}
			// A successor knows nothing but the memory.
			next := openLinks(t, l.Memory())
			if r := set(t, next, LinkWish{Links: []Virtual{vmac4()}}); len(r.Done)+len(r.Changed) > 0 {
				t.Errorf("the successor did %+v", r)
			}
			set(t, next, LinkWish{})
			if diff := cmp.Diff(before, netSysctls(t)); diff != "" {
				t.Errorf("settings afterwards (-want +got):\n%s", diff)
			}
		})
	}
}

// Settings that are wanted without a VMAC, by several.
func TestOtherSettings(t *testing.T) {
	namespace(t)
	before := netSysctls(t)
	l := openLinks(t, LinkMemory{})
	two := LinkWish{Sysctls: []LinkSysctl{PromoteSecondaries("a"), PromoteSecondaries("a"), PromoteSecondaries("gone"), NoLocalIGMP()}}
	set(t, l, two)
	want := []string{"ipv4/conf/a/promote_secondaries 0->1", "ipv4/igmp_link_local_mcast_reports 1->0"}
	if diff := cmp.Diff(want, changes(before, netSysctls(t))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	set(t, l, LinkWish{Sysctls: []LinkSysctl{PromoteSecondaries("a")}})
	if diff := cmp.Diff(want[:1], changes(before, netSysctls(t))); diff != "" {
		t.Errorf("one user left (-want +got):\n%s", diff)
	}
	set(t, l, LinkWish{})
	if diff := cmp.Diff(before, netSysctls(t)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Many links go at once, and nothing else with them.
func TestManyVMACs(t *testing.T) {
	namespace(t)
	ip(t, "link set dev b group 1986621559") // the group that would be taken
	before := netSysctls(t)
	l := openLinks(t, LinkMemory{})
	var w LinkWish
	for vrid := range uint8(20) {
		v := vmac4()
		v.Key, v.VRID, v.MAC = itoa(int(vrid)), vrid+1, RouterMAC(vrid+1, false)
		w.Links = append(w.Links, v)
	}
	if got := len(set(t, l, w).Done); got != 20 {
		t.Errorf("%d made", got)
	}
	for _, dev := range []string{"vrrp.1", "vrrp.20"} { // far from each other
		sysctl(t, "ipv4/conf/"+dev+"/arp_ignore", "0")
		eventually(t, "the setting of "+dev+" is back", func() bool {
			for _, c := range l.Check() {
				if c.Name == "net.ipv4.conf."+strings.Replace(dev, ".", "/", 1)+".arp_ignore" {
					return true
				}
			}
			return false
		})
	}
	w.Links = w.Links[:1]
	if got := len(set(t, l, w).Done); got != 19 {
		t.Errorf("%d deleted", got)
	}
	index(t, "vrrp.1")
	index(t, "b")
	set(t, l, LinkWish{})
	if diff := cmp.Diff(before, netSysctls(t)); diff != "" {
		t.Errorf("settings afterwards (-want +got):\n%s", diff)
	}
}

// More links than one Set deletes go in several, of which each but the last says that there
// is more and does nothing else.
func TestManyVMACsGoInParts(t *testing.T) {
	namespace(t)
	l := openLinks(t, LinkMemory{})
	var w LinkWish
	for n := range deleteAtOnce + 20 {
		v := vmac4()
		v.Key, v.VRID, v.MAC = fmt.Sprint(n), uint8(n+1), RouterMAC(uint8(n+1), false)
		w.Links = append(w.Links, v)
	}
	set(t, l, w)
	r := set(t, l, LinkWish{})
	if !r.More || len(r.Done) != deleteAtOnce || r.At != nil {
		t.Errorf("first part: more %v, %d links deleted, %v there", r.More, len(r.Done), r.At)
	}
	r = set(t, l, LinkWish{})
	if r.More || len(r.Done) != 20 || len(r.At) != 0 {
		t.Errorf("second part: more %v, %d links deleted, %v there", r.More, len(r.Done), r.At)
	}
	if got := ip(t, "-o link show type macvlan"); got != "" {
		t.Errorf("left:\n%s", got)
	}
	if v, err := (&procFiles{}).read("ipv4/conf/a/arp_ignore"); err != nil || v != 0 {
		t.Errorf("arp_ignore of the parent is %d, %v", v, err)
	}
}
