// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/conf"
	"vipward/netif"
	"vipward/netif/netiffake"
	"vipward/netif/nft"
)

// fakeTables notes what is set, and which addresses were there at that time.
type fakeTables struct {
	kernel *netiffake.Kernel
	mu     sync.Mutex // guards the rest
	sets   []string
	err    error
	forgot int

	gone chan struct{} // what is sent on it tells of a deletion by others; nil: there is none
}

func (f *fakeTables) Forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forgot++
	f.sets = nil
}

func (f *fakeTables) Watch(string) (tableWatch, error) { return f, nil }

func (f *fakeTables) Run(ctx context.Context, emit func()) error {
	for {
		select {
		case <-f.gone:
			emit()
		case <-ctx.Done():
			return nil
		}
	}
}

func (f *fakeTables) Set(r nft.Rules) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if text := rulesText(r) + " with " + held(f.kernel); len(f.sets) == 0 || f.sets[len(f.sets)-1] != text {
		f.sets = append(f.sets, text)
	}
	return f.err
}

func rulesText(r nft.Rules) string {
	var words []string
	for _, v := range r.VMACs {
		words = append(words, fmt.Sprintf("%s on %s %v %v", v.Name, v.ParentName, v.IPv4, v.IPv6))
	}
	for _, v := range r.Drop {
		words = append(words, fmt.Sprintf("%s on %s", v.Addr, v.Name))
	}
	return fmt.Sprintf("%s %v %v %v", r.Table, r.Filter4, r.Filter6, words)
}

// held lists the virtual addresses that are there.
func held(k *netiffake.Kernel) string {
	var list []string
	for _, a := range k.Addrs() {
		if ip := a.Prefix.Addr(); ip != hostAddr.Prefix.Addr() {
			list = append(list, ip.String())
		}
	}
	slices.Sort(list)
	return strings.Join(list, ",")
}

func (f *fakeTables) all() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.sets)
}

// option makes a child use f, with its own kernel.
func (f *fakeTables) option() func(*kernel) {
	return func(k *kernel) {
		f.kernel = k.garp.(*netiffake.Kernel)
		k.wall = f
	}
}

// TestFirewallAroundAddresses: no moment in which a guarded address is there without its
// rule. The part that drops stays when the mastership ends, and goes at stop.
func TestFirewallAroundAddresses(t *testing.T) {
	t.Parallel()
	f := &fakeTables{}
	c := startChild(t, oneInstance(testInstance(100)), &memStore{}, f.option())
	c.eventually("MASTER", c.holds("10.0.0.100"))
	c.port.deliver(peerAdvert(t, 200))
	c.eventually("BACKUP", c.logged("Entering BACKUP STATE\""))
	c.eventually("the address gone", func() bool { return !c.holds("10.0.0.100")() })
	c.eventually("MASTER again", func() bool { return strings.Count(c.log.String(), "Entering MASTER") == 2 })
	c.eventually("the address", c.holds("10.0.0.100"))
	if err := c.finish(); err != nil {
		t.Fatal(err)
	}
	got := f.all()
	for _, s := range got {
		if strings.HasSuffix(s, "with 10.0.0.100") && !strings.Contains(s, "[10.0.0.100 on eth0]") {
			t.Errorf("the address was there without its rule: %s", s)
		}
	}
	for _, want := range []string{
		"keepalived true false [10.0.0.100 on eth0] with ", // the rule comes before the address
		"keepalived true false [] with ",                   // and goes after it
	} {
		if !slices.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	if first, last := got[0], got[len(got)-1]; first != "keepalived false false [] with " || last != first {
		t.Errorf("first %q, last %q", first, last)
	}
}

// TestFirewallLines: as in the case nft-no-accept-options.
func TestFirewallLines(t *testing.T) {
	t.Parallel()
	c := startChild(t, oneInstance(testInstance(100)), &memStore{}, (&fakeTables{}).option())
	c.eventually("MASTER", c.logged("setting VIPs."))
	if err := c.finish(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(c.log.String()) {
		if _, text, _ := strings.Cut(line, `msg="`); strings.Contains(text, "VIPs.") || strings.Contains(text, "firewall") {
			got = append(got, strings.TrimRight(text, "\"\n"))
		}
	}
	want := []string{
		"use_vmac or no_accept/strict specified, but no firewall configured - using nftables",
		"(VI_1) removing VIPs.", "(VI_1) removing firewall drop rule",
		"(VI_1) setting firewall drop rule", "(VI_1) setting VIPs.",
		"(VI_1) removing VIPs.", "(VI_1) removing firewall drop rule",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestFirewallInsteadOfIPTables: with keepalived's line, and without the one that nothing was
// chosen.
func TestFirewallInsteadOfIPTables(t *testing.T) {
	t.Parallel()
	f := &fakeTables{}
	cfg := oneInstance(testInstance(100))
	cfg.Global.Firewall.IPTables, cfg.Global.Firewall.IPTablesPos = &conf.Chains{In: "KIN", Out: "KOUT"}, conf.Pos{Line: 3}
	c := startChild(t, cfg, &memStore{}, f.option())
	c.eventually("rules", func() bool { return slices.Contains(f.all(), "keepalived true false [10.0.0.100 on eth0] with ") })
	if !c.logged("(Line 3) iptables not supported, using nftables instead.")() || c.logged("no firewall configured")() {
		t.Errorf("lines:\n%s", c.log)
	}
}

// TestFirewallNotWanted: an instance that accepts packets has nothing to do with it.
func TestFirewallNotWanted(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*conf.Instance){
		"accept": func(vi *conf.Instance) { vi.Accept = true },
		"owner":  func(vi *conf.Instance) { vi.Priority = 255 },
	} {
		f := &fakeTables{}
		vi := testInstance(100)
		change(vi)
		c := startChild(t, oneInstance(vi), &memStore{}, f.option())
		c.eventually("MASTER", c.holds("10.0.0.100"))
		if err := c.finish(); err != nil {
			t.Fatal(err)
		}
		if got := f.all(); got != nil || c.logged("firewall")() {
			t.Errorf("%s: %v\n%s", name, got, c.log)
		}
	}
}

// TestFirewallOfVMACs: it is there from the start, and follows a reload.
func TestFirewallOfVMACs(t *testing.T) {
	t.Parallel()
	f := &fakeTables{}
	vi := testInstance(100)
	vi.Accept, vi.VMAC = true, &conf.VMAC{}
	cfg := oneInstance(vi)
	cfg.Global.Firewall.NFTables = "mine"
	c := startVMACChild(t, cfg, f)
	c.eventually("the VMAC's rules", func() bool { return slices.Contains(f.all(), "mine false false [vrrp.51 on eth0 true false] with ") })
	if c.logged("no firewall configured")() {
		t.Errorf("the line stands in\n%s", c.log)
	}
	if err := c.finish(); err != nil {
		t.Fatal(err)
	}
	if got := f.all(); got[len(got)-1] != "mine false false [] with " {
		t.Errorf("at last: %s", got[len(got)-1])
	}
}

// startVMACChild starts a child and tells it of the VMAC that it makes.
func startVMACChild(t *testing.T, cfg *conf.Config, f *fakeTables) *child {
	t.Helper()
	c := startChild(t, cfg, &memStore{}, f.option())
	c.tell(netif.LinkChange{Link: netif.Link{Name: "vrrp.51", Index: 101, Parent: 2, Up: true, Multicast: true, Ethernet: true, Kind: netif.KindMACVLAN}})
	return c
}

// TestFirewallFails: the instance works on, and the error is said once.
func TestFirewallFails(t *testing.T) {
	t.Parallel()
	f := &fakeTables{err: errors.New("no such kernel")}
	c := startChild(t, oneInstance(testInstance(100)), &memStore{}, f.option())
	c.eventually("MASTER", c.holds("10.0.0.100"))
	c.port.deliver(peerAdvert(t, 200))
	c.eventually("MASTER again", func() bool { return strings.Count(c.log.String(), "Entering MASTER") == 2 })
	if err := c.finish(); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(c.log.String(), "Firewall: no such kernel"); n != 1 {
		t.Errorf("%d lines in\n%s", n, c.log)
	}
}

// TestFirewallOfSuccessor: the process that follows a killed one does not take the rules of
// a master away for a moment.
func TestFirewallOfSuccessor(t *testing.T) {
	t.Parallel()
	store := &memStore{}
	first := startChild(t, oneInstance(testInstance(100)), store)
	first.eventually("MASTER", first.holds("10.0.0.100"))
	first.eventually("the state", func() bool { return strings.Contains(string(store.Load()), "10.0.0.100") })

	f := &fakeTables{}
	c := startChild(t, oneInstance(testInstance(100)), &memStore{b: store.Load()}, f.option())
	c.eventually("rules", func() bool { return len(f.all()) > 0 })
	if got := f.all()[0]; !strings.HasPrefix(got, "keepalived true false [10.0.0.100 on eth0]") {
		t.Errorf("the first rules are %s", got)
	}
}

// TestFirewallRestored: what another program deletes is made again, at once the first time,
// and then once in a while.
func TestFirewallRestored(t *testing.T) {
	t.Parallel()
	f := &fakeTables{gone: make(chan struct{})}
	c := startChild(t, oneInstance(testInstance(100)), &memStore{}, f.option())
	c.eventually("MASTER", c.holds("10.0.0.100"))
	start := time.Now()
	for range 5 {
		f.gone <- struct{}{}
	}
	c.eventually("tables", func() bool {
		again := f.all() // of those before nothing is left
		f.mu.Lock()
		defer f.mu.Unlock()
		return f.forgot > 0 && slices.Contains(again, "keepalived true false [10.0.0.100 on eth0] with 10.0.0.100")
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	if most := 1 + int(time.Since(start)/restorePause); f.forgot == 0 || f.forgot > most {
		t.Errorf("made anew %d times, want 1 to %d", f.forgot, most)
	}
	if n := strings.Count(c.log.String(), "another program deleted something of the nftables tables keepalived"); n != f.forgot {
		t.Errorf("%d lines for %d times\n%s", n, f.forgot, c.log)
	}
}

func TestFirewallRules(t *testing.T) {
	t.Parallel()
	l := &loop{cfg: &conf.Config{}}
	l.links, l.firewall = newLinks(l), newFirewall(l)
	l.static, l.firewall.on = &static{}, true
	l.picture.Apply(netif.Resync{Links: []netif.Link{
		{Name: "eth0", Index: 2},
		{Name: "eth1", Index: 3},
		{Name: "vrrp.51", Index: 4, Parent: 2, Kind: netif.KindMACVLAN},
		{Name: "vrrp6.51", Index: 5, Parent: 3, Kind: netif.KindMACVLAN},
	}, Addrs: []netif.AddrChange{
		{Index: 3, Prefix: netip.MustParsePrefix("fe80::a/64"), Added: true},
		{Index: 3, Prefix: netip.MustParsePrefix("fd00::a/64"), Added: true},
	}})
	l.links.wish.Links = []netif.Virtual{
		{Key: "a", Kind: netif.KindMACVLAN},
		{Key: "b", Kind: netif.KindMACVLAN, IPv6: true},
		{Key: "c", Kind: netif.KindMACVLAN},
		{Key: "d", Kind: netif.KindIPVLAN},
	}
	l.links.made = map[string]int{"a": 4, "b": 5, "d": 3}
	want := []nft.VMAC{
		{Index: 4, Name: "vrrp.51", Parent: 2, ParentName: "eth0", IPv4: true},
		{Index: 5, Name: "vrrp6.51", Parent: 3, ParentName: "eth1", IPv6: true, ParentLinkLocal: netip.MustParseAddr("fe80::a")},
	}
	if diff := cmp.Diff(want, l.firewall.rules().VMACs, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("VMACs (-want +got)\n%s", diff)
	}
	vi := &instance{cfg: testInstance(100)}
	vi.cfg.VIPs = addresses("10.0.0.100/24", "fe80::5/64 eth1", "10.0.0.101/24 gone")
	got := l.firewall.drop(vi)
	if len(got) != 2 || got[0].Name != "eth0" || got[1].Index != 3 || l.firewall.filters != [2]bool{true, true} {
		t.Errorf("dropped: %v, %v", got, l.firewall.filters)
	}
}

// TestFirewallOfAnEarlierDaemon: what one left that was killed is looked for once, also if nothing is
// needed now; a successor of a crashed child, which knows what there is, does not.
func TestFirewallOfAnEarlierDaemon(t *testing.T) {
	t.Parallel()
	plain := testInstance(100)
	plain.Accept = true
	for state, want := range map[string]int{"": 1, `{"instances":{}}`: 0} {
		f, store := &fakeTables{}, &memStore{}
		if state != "" {
			store.b = []byte(state)
		}
		c := startChild(t, oneInstance(plain), store, f.option(), func(e *Env) { e.Owner = "us" })
		c.eventually("MASTER", c.holds("10.0.0.100"))
		if err := c.finish(); err != nil {
			t.Fatal(err)
		}
		if got := f.all(); len(got) != want || want == 1 && got[0] != " false false [] with " {
			t.Errorf("state %q: set %q", state, got)
		}
	}
}
