// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"errors"
	"fmt"
	"iter"
	"net"
	"net/netip"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func take5(seq iter.Seq[string]) []string {
	var out []string
	for s := range seq {
		if out = append(out, s); len(out) == 5 {
			break
		}
	}
	return out
}

func TestNames(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		v    Virtual
		want []string
	}{
		{"IPv4", Virtual{Prefix: "vrrp", VRID: 51}, []string{"vrrp.51", "vrrp1.51", "vrrp2.51", "vrrp3.51", "vrrp4.51"}},
		{"IPv6", Virtual{Prefix: "vrrp", VRID: 51, IPv6: true}, []string{"vrrp.51", "vrrp6.51", "vrrp1.51", "vrrp2.51", "vrrp3.51"}},
		{"configured", Virtual{Name: "vm1", Prefix: "vrrp", VRID: 7}, []string{"vm1", "vrrp.7", "vrrp1.7", "vrrp2.7", "vrrp3.7"}},
		{"prefix", Virtual{Prefix: "abc", VRID: 255}, []string{"abc.255", "abc1.255", "abc2.255", "abc3.255", "abc4.255"}},
		{"as long as it can be", Virtual{Prefix: "elevenchars", VRID: 255}, []string{"elevenchars.255"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, take5(tt.v.names())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRouterMAC(t *testing.T) {
	t.Parallel()
	if got := RouterMAC(51, false).String(); got != "00:00:5e:00:01:33" {
		t.Error(got)
	}
	if got := RouterMAC(255, true).String(); got != "00:00:5e:00:02:ff" {
		t.Error(got)
	}
}

// linkHost is eth0 and eth1 with what a test puts beside them.
func linkHost(more ...Link) *Picture {
	var p Picture
	links := append([]Link{
		{Name: "lo", Index: 1, Loopback: true},
		{Name: "eth0", Index: 2, Ethernet: true},
		{Name: "eth1", Index: 3, Ethernet: true},
		{Name: "tun0", Index: 4},
	}, more...)
	p.Apply(Resync{Links: links})
	return &p
}

func macvlan(name string, index, parent int, vrid uint8, mode uint32) Link {
	return Link{Name: name, Index: index, Parent: parent, Kind: KindMACVLAN, Mode: mode, MAC: RouterMAC(vrid, false), Ethernet: true}
}

func wantVMAC(key, parent string, vrid uint8) Virtual {
	return Virtual{
		Key: key, Parent: parent, VRID: vrid, Prefix: "vrrp", Kind: KindMACVLAN,
		Mode: MACVLANPrivate, MAC: RouterMAC(vrid, false),
	}
}

// show writes what becomes of each wanted link.
func show(sites []site) []string {
	var out []string
	for _, s := range sites {
		text := s.want.Key + ": "
		switch {
		case s.there():
			text += "is " + s.link.Name
		case s.err != nil:
			text += s.err.Error()
		case s.base.Index == 0:
			text += "no parent"
		default:
			text += fmt.Sprintf("make %s on %s", s.name, s.base.Name)
		}
		out = append(out, text)
	}
	return out
}

func TestAssign(t *testing.T) {
	t.Parallel()
	noARP := wantVMAC("a", "tun0", 51)
	named := wantVMAC("a", "eth0", 51)
	named.Name = "eth1"
	long := wantVMAC("a", "eth0", 51)
	long.Prefix = "far-too-long-a-name"
	ipvlan := Virtual{Key: "i", Parent: "eth0", VRID: 51, Prefix: "vrrp", Kind: KindIPVLAN}
	anIPVLAN := func(name string, index int, mode uint32) Link {
		return Link{Name: name, Index: index, Parent: 2, Kind: KindIPVLAN, Mode: mode, Ethernet: true}
	}
	tests := []struct {
		name  string
		links []Link
		want  []Virtual
		owned map[string]int
		sites []string
	}{
		{"new", nil, []Virtual{wantVMAC("a", "eth0", 51), wantVMAC("b", "eth1", 51)}, nil, []string{"a: make vrrp.51 on eth0", "b: make vrrp1.51 on eth1"}},
		{"kept", []Link{macvlan("vrrp.51", 9, 2, 51, MACVLANPrivate)}, []Virtual{wantVMAC("a", "eth0", 51)}, map[string]int{"a": 9}, []string{"a: is vrrp.51"}},
		{"of another MAC", []Link{macvlan("vrrp.51", 9, 2, 52, MACVLANPrivate)}, []Virtual{wantVMAC("a", "eth0", 51)}, map[string]int{"a": 9}, []string{"a: make vrrp1.51 on eth0"}},
		{"taken over", []Link{macvlan("mine", 9, 2, 51, MACVLANPrivate)}, []Virtual{wantVMAC("a", "eth0", 51)}, nil, []string{"a: is mine"}},
		{"of another mode", []Link{macvlan("mine", 9, 2, 51, 4)}, []Virtual{wantVMAC("a", "eth0", 51)}, nil, []string{"a: make vrrp.51 on eth0"}},
		{"on another parent", []Link{macvlan("mine", 9, 3, 51, MACVLANPrivate)}, []Virtual{wantVMAC("a", "eth0", 51)}, nil, []string{"a: make vrrp.51 on eth0"}},
		{"not twice", []Link{macvlan("mine", 9, 2, 51, MACVLANPrivate)}, []Virtual{wantVMAC("a", "eth0", 51), wantVMAC("b", "eth0", 51)}, nil, []string{"a: is mine", "b: make vrrp.51 on eth0"}},
		{"not another's, which is to go", []Link{macvlan("mine", 9, 2, 51, MACVLANPrivate)}, []Virtual{wantVMAC("a", "eth0", 51)}, map[string]int{"b": 9}, []string{"a: make vrrp.51 on eth0"}},
		{"no parent", nil, []Virtual{wantVMAC("a", "eth9", 51)}, nil, []string{"a: no parent"}},
		{"no Ethernet", nil, []Virtual{noARP}, nil, []string{"a: " + errNotEthernet.Error()}},
		{"its name is taken", nil, []Virtual{named}, nil, []string{"a: make vrrp.51 on eth0"}},
		{"no name", nil, []Virtual{long}, nil, []string{"a: " + errNoName.Error()}},
		{"on a macvlan it is beside it", []Link{macvlan("mv0", 9, 2, 9, 4)}, []Virtual{wantVMAC("a", "mv0", 51)}, nil, []string{"a: make vrrp.51 on eth0"}},
		{"the parent is not taken over", []Link{macvlan("mv0", 9, 2, 51, MACVLANPrivate)}, []Virtual{wantVMAC("a", "mv0", 51)}, nil, []string{"a: make vrrp.51 on eth0"}},
		{"ipvlan taken over by its name", []Link{anIPVLAN("other", 8, 0), anIPVLAN("vrrp.51", 9, 0)}, []Virtual{ipvlan}, nil, []string{"i: is vrrp.51"}},
		{"ipvlan of the mode of others", []Link{anIPVLAN("vrrp.51", 9, 1)}, []Virtual{ipvlan}, nil, []string{"i: is vrrp.51"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.sites, show(assign(linkHost(tt.links...), tt.want, tt.owned))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestStale(t *testing.T) {
	t.Parallel()
	p := linkHost(macvlan("vrrp.51", 8, 2, 51, MACVLANPrivate), macvlan("vrrp.52", 9, 2, 52, MACVLANPrivate))
	owned := map[string]int{"a": 9, "b": 8, "c": 7}
	sites := assign(p, []Virtual{wantVMAC("b", "eth0", 51)}, owned)
	if diff := cmp.Diff([]string{"c", "a"}, stale(sites, owned)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestVRFOf(t *testing.T) {
	t.Parallel()
	p := linkHost(Link{Name: "red", Index: 9, Kind: "vrf"}, Link{Name: "bond", Index: 10, Kind: "bond"})
	for master, want := range map[int]int{0: 0, 9: 9, 10: 0, 77: 0} {
		if got := vrfOf(p, Link{Master: master}); got != want {
			t.Errorf("master %d: VRF %d, want %d", master, got, want)
		}
	}
}

func TestLinkLocalOf(t *testing.T) {
	t.Parallel()
	p := linkHost()
	for _, a := range []string{"2001:db8::1/64", "fe80::1/64", "fe80::2/64"} {
		p.Apply(AddrChange{Index: 2, Prefix: netip.MustParsePrefix(a), Added: true})
	}
	p.Apply(AddrChange{Index: 3, Prefix: netip.MustParsePrefix("fe80::3/64"), Added: true, Ours: true})
	if got, _ := linkLocalOf(p, 2, nil); got.String() != "fe80::1/64" {
		t.Error(got)
	}
	if got, _ := linkLocalOf(p, 2, map[netip.Addr]bool{netip.MustParseAddr("fe80::1"): true}); got.String() != "fe80::2/64" {
		t.Error(got)
	}
	if got, ok := linkLocalOf(p, 3, nil); ok {
		t.Error(got)
	}
}

// files is a /proc/sys/net of a test.
type files map[string]int

var errFile = errors.New("file system is read-only")

func (f files) read(name string) (int, error) {
	v, ok := f[name]
	if !ok {
		return 0, net.ErrClosed
	}
	return v, nil
}

func (f files) write(name string, v int) error {
	if name == "ipv4/conf/ro/arp_ignore" {
		return errFile
	}
	if _, ok := f[name]; !ok {
		return net.ErrClosed
	}
	f[name] = v
	return nil
}

func (f files) keep([]Sysctl) bool { return true }

// Many settings are looked at in turn, those of links that are not ours each time.
func TestSettingsInTurn(t *testing.T) {
	t.Parallel()
	s := settings{files: files{}, names: map[int]string{}}
	const own = 2*checkAtOnce - 10
	s.names[1] = "eth0"
	list := []Sysctl{{Path: arpIgnore, Link: 1}}
	for n := range own {
		s.names[n+2] = strconv.Itoa(n)
		list = append(list, Sysctl{Path: arpIgnore, Link: n + 2, own: true})
	}
	s.want(list)
	seen := map[int]int{}
	for range 2 {
		for _, w := range s.turn() {
			seen[w.Link]++
		}
	}
	if len(seen) != own+1 || seen[1] != 2 {
		t.Errorf("two turns look at %d of %d settings, and %d times at that of another link", len(seen), own+1, seen[1])
	}
	s.want([]Sysctl{{Path: addrGenMode, Link: 2, own: true}})
	if got := s.turn(); len(got) != 0 || len(s.wanted) != 1 {
		t.Errorf("addr_gen_mode is looked at: %+v", got)
	}
	s.want(list[:3])
	if got := s.turn(); len(got) != 3 || got[2].at != "ipv4/conf/1/arp_ignore" {
		t.Errorf("few of them: %+v", got)
	}
}

// A value is remembered once, whatever happens to it later, and given back once.
func TestSettings(t *testing.T) {
	t.Parallel()
	f := files{"ipv4/conf/eth0/arp_ignore": 2, "ipv4/conf/ro/arp_ignore": 0, "ipv4/conf/v/arp_ignore": 0}
	s := settings{files: f, was: memory{}, names: map[int]string{2: "eth0", 3: "ro", 9: "v"}}
	want := []Sysctl{{Path: arpIgnore, Link: 2, Value: 1}}
	if !s.grow(want) || s.grow(want) {
		t.Error("it is not remembered exactly once")
	}
	s.wanted = want
	if got := s.write(want); len(got) != 1 || f["ipv4/conf/eth0/arp_ignore"] != 1 {
		t.Errorf("%v, %v", got, f)
	}
	f["ipv4/conf/eth0/arp_ignore"] = 0
	if s.grow(want) || len(s.write(want)) != 1 || len(s.write(want)) != 0 {
		t.Error("a change by somebody else is not undone once")
	}
	if got := s.restore(); got != nil {
		t.Errorf("restored while it is wanted: %v", got)
	}
	s.wanted = nil
	wantDone := []SysctlChange{{Name: "net.ipv4.conf.eth0.arp_ignore", Value: 2}}
	if diff := cmp.Diff(wantDone, s.restore()); diff != "" || f["ipv4/conf/eth0/arp_ignore"] != 2 {
		t.Errorf("%v (-want +got):\n%s", f, diff)
	}

	// What is so already, what is ours and what is not there is not remembered.
	if s.grow([]Sysctl{{Path: arpIgnore, Link: 2, Value: 2}, {Path: arpIgnore, Link: 9, Value: 1, own: true}, {Path: arpFilter, Link: 2, Value: 1}}) {
		t.Errorf("remembered %v", s.was)
	}
	got := s.write([]Sysctl{{Path: arpIgnore, Link: 3, Value: 1}})
	if len(got) != 1 || !errors.Is(got[0].Err, errFile) {
		t.Errorf("a failure is told as %v", got)
	}
	s.was[sysctlKey{arpIgnore, 77}] = 1 // its link is gone
	if got := s.restore(); got != nil || len(s.was) != 0 {
		t.Errorf("%v, %v", got, s.was)
	}
}
