// SPDX-License-Identifier: Apache-2.0

package nft

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// references lists the sets and chains that a rule names.
func references(r rule) []string {
	var names []string
	for _, m := range regexp.MustCompile(`@(\S+)|goto (\S+)`).FindAllStringSubmatch(r.text, -1) {
		names = append(names, m[1]+m[2])
	}
	return names
}

func newFake() (*fake, *Firewall) {
	k := &fake{}
	return k, &Firewall{kernel: k, log: slog.New(slog.DiscardHandler)}
}

// steps sets rules and gives the steps that this took.
func (k *fake) steps(t *testing.T, f *Firewall, r Rules) []string {
	t.Helper()
	k.said = nil
	mustSet(t, f, r)
	return k.said
}

var (
	blue  = VMAC{Name: "vrrp.51", Index: 4, ParentName: "eth0", Parent: 2, IPv4: true}
	green = VMAC{Name: "vrrp6.52", Index: 5, ParentName: "eth0", Parent: 2, IPv6: true, ParentLinkLocal: netip.MustParseAddr("fe80::a")}
)

// TestChangesAreSmall: what changes is what costs.
func TestChangesAreSmall(t *testing.T) {
	t.Parallel()
	k, f := newFake()
	backup := Rules{Options: defaults, VMACs: []VMAC{blue}}
	master := backup
	master.Filter4, master.Drop = true, []VIP{vip("10.0.0.100", "vrrp.51", 4)}
	more := master
	more.Drop = []VIP{vip("10.0.0.100", "vrrp.51", 4), vip("10.0.0.101", "vrrp.51", 4), vip("10.0.0.101", "eth0", 2)}
	fault := master
	fault.Drop = nil
	for _, c := range []struct {
		name  string
		rules Rules
		want  []string
	}{
		{"start", backup, []string{
			"add table ip keepalived", `add set ip keepalived vmac_map { "vrrp.51" : "eth0" }`, "add chain ip keepalived out",
			`add rule ip keepalived out ip protocol igmp meta oifkind "macvlan" dup to ip daddr device oif map @vmac_map drop`,
		}},
		{"again", backup, nil},
		{"first take-over", master, []string{
			"add set ip keepalived vips { 10.0.0.100 }", "add chain ip keepalived in", "flush chain ip keepalived out",
			`add rule ip keepalived out ip protocol igmp meta oifkind "macvlan" dup to ip daddr device oif map @vmac_map drop`,
			"add rule ip keepalived out ip saddr @vips drop", "add rule ip keepalived in ip daddr @vips drop",
		}},
		{"one more", more, []string{"add element ip keepalived vips { 10.0.0.101 }"}},
		{"fault", fault, []string{"delete element ip keepalived vips { 10.0.0.100, 10.0.0.101 }"}},
		{"return", master, []string{"add element ip keepalived vips { 10.0.0.100 }"}},
		{"stop", Rules{Options: defaults}, []string{"delete table ip keepalived"}},
		{"stopped", Rules{Options: defaults}, nil},
	} {
		if diff := cmp.Diff(c.want, k.steps(t, f, c.rules)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, diff)
		}
	}
}

func TestVMACOnAnotherParent(t *testing.T) {
	t.Parallel()
	k, f := newFake()
	mustSet(t, f, Rules{Options: defaults, VMACs: []VMAC{blue}})
	moved := blue
	moved.Parent, moved.ParentName = 3, "eth1"
	want := []string{
		`delete element ip keepalived vmac_map { "vrrp.51" : "eth0" }`,
		`add element ip keepalived vmac_map { "vrrp.51" : "eth1" }`,
	}
	if diff := cmp.Diff(want, k.steps(t, f, Rules{Options: defaults, VMACs: []VMAC{moved}})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestRenamedInterfaceIsNoChange: sets know interfaces by index.
func TestRenamedInterfaceIsNoChange(t *testing.T) {
	t.Parallel()
	k, f := newFake()
	mustSet(t, f, Rules{Options: defaults, VMACs: []VMAC{blue}})
	renamed := blue
	renamed.Name = "vrrp.99"
	if got := k.steps(t, f, Rules{Options: defaults, VMACs: []VMAC{renamed}}); got != nil {
		t.Errorf("got %v", got)
	}
}

// TestLeftTablesAreReplaced: also when nothing is wanted, and other tables stay.
func TestLeftTablesAreReplaced(t *testing.T) {
	t.Parallel()
	k, f := newFake()
	left := Rules{Options: defaults, Filter4: true, Filter6: true, Drop: []VIP{vip("10.0.0.9", "eth0", 2)}}
	k.all = left.tables()
	other := left
	other.Table = "other"
	k.all = append(k.all, other.tables()...)
	var log strings.Builder
	f.log = slog.New(slog.NewTextHandler(&log, nil))

	want := Rules{Options: defaults, Filter4: true, Drop: []VIP{vip("10.0.0.100", "eth0", 2)}}
	mustSet(t, f, want)
	if diff := cmp.Diff(written(append(other.tables(), want.tables()...)), written(k.all)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, line := range []string{`msg="Deleting old ip keepalived table"`, `msg="Deleting old ip6 keepalived table"`} {
		if !strings.Contains(log.String(), line) {
			t.Errorf("no %s in\n%s", line, &log)
		}
	}
	f = &Firewall{kernel: k, log: slog.New(slog.DiscardHandler)}
	mustSet(t, f, Rules{Options: defaults})
	if diff := cmp.Diff(written(other.tables()), written(k.all)); diff != "" {
		t.Errorf("nothing wanted (-want +got)\n%s", diff)
	}
}

// TestTablesDeletedByOthers: `nft flush ruleset` is noticed at the next change at the latest.
func TestTablesDeletedByOthers(t *testing.T) {
	t.Parallel()
	k, f := newFake()
	r := Rules{Options: defaults, Filter4: true}
	mustSet(t, f, r)
	k.all = nil
	r.Drop = []VIP{vip("10.0.0.100", "eth0", 2)}
	mustSet(t, f, r)
	if diff := cmp.Diff(written(r.tables()), written(k.all)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	k.all = nil
	f.Forget()
	mustSet(t, f, r)
	if diff := cmp.Diff(written(r.tables()), written(k.all)); diff != "" {
		t.Errorf("after Forget (-want +got)\n%s", diff)
	}
}

func TestOptionsMakeTablesAnew(t *testing.T) {
	t.Parallel()
	k, f := newFake()
	r := Rules{Options: defaults, VMACs: []VMAC{blue, green}, Filter6: true, Drop: []VIP{vip("fe80::5", "eth0", 2)}}
	for _, o := range []Options{
		defaults,
		{Table: "keepalived", Priority: 7},
		{Table: "mine", Priority: 7},
		{Table: "mine", IfIndex: true},
		{Table: "mine", IfIndex: true, Counters: true},
		defaults,
	} {
		r.Options = o
		mustSet(t, f, r)
		if diff := cmp.Diff(written(r.tables()), written(k.all)); diff != "" {
			t.Errorf("%+v (-want +got)\n%s", o, diff)
		}
	}
}

// TestWithoutDup: what no_accept needs is there on a kernel that cannot do the VMAC part,
// which is said once.
func TestWithoutDup(t *testing.T) {
	t.Parallel()
	k, f := newFake()
	k.fail = func(o op) error {
		if strings.Contains(o.rule.text, "dup to") {
			return unix.ENOENT
		}
		return nil
	}
	r := Rules{Options: defaults, VMACs: []VMAC{blue}, Filter4: true, Drop: []VIP{vip("10.0.0.100", "eth0", 2)}}
	err := f.Set(r)
	if !errors.Is(err, ErrNoDup) || !errors.Is(err, unix.ENOENT) || !strings.Contains(err.Error(), "add rule ip keepalived out") {
		t.Errorf("got %v", err)
	}
	r.Drop = append(r.Drop, vip("10.0.0.101", "eth0", 2))
	mustSet(t, f, r)
	r.VMACs = nil
	if diff := cmp.Diff(written(r.tables()), written(k.all)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestKernelWithoutTables: everything fails, and nothing is believed to be there.
func TestKernelWithoutTables(t *testing.T) {
	t.Parallel()
	k, f := newFake()
	k.fail = func(op) error { return unix.EOPNOTSUPP }
	r := Rules{Options: defaults, VMACs: []VMAC{blue}, Filter4: true}
	for range 2 {
		err := f.Set(r)
		if !errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, ErrNoDup) || !strings.HasPrefix(err.Error(), "set nftables rules: ") {
			t.Errorf("got %v", err)
		}
	}
	k.fail = nil
	mustSet(t, f, r)
	if diff := cmp.Diff(written(r.tables()), written(k.all)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestAnyToAny jumps between random rules on the strict fake.
func TestAnyToAny(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		k, f := newFake()
		for range 40 {
			r := randomRules(rnd)
			if err := f.Set(r); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if diff := cmp.Diff(sorted(r.tables()), sorted(k.all)); diff != "" {
				t.Fatalf("seed %d (-want +got)\n%s", seed, diff)
			}
			k.said = nil
			if mustSet(t, f, r); k.said != nil {
				t.Fatalf("seed %d: the same rules again took %v", seed, k.said)
			}
		}
	}
}

func randomRules(rnd *rand.Rand) Rules {
	r := Rules{Options: defaults, Filter4: rnd.IntN(2) == 0, Filter6: rnd.IntN(2) == 0}
	r.IfIndex = rnd.IntN(4) == 0
	r.Counters = rnd.IntN(4) == 0
	for i := range rnd.IntN(4) {
		v := VMAC{Index: 10 + i, Name: fmt.Sprintf("vrrp.%d", i), Parent: 2 + rnd.IntN(2), ParentName: "eth", IPv4: rnd.IntN(2) == 0, IPv6: rnd.IntN(2) == 0}
		if v.IPv6 && rnd.IntN(2) == 0 {
			v.ParentLinkLocal = netip.MustParseAddr("fe80::a")
		}
		r.VMACs = append(r.VMACs, v)
	}
	for _, a := range []string{"10.0.0.1", "10.0.0.2", "169.254.0.1", "fe80::1", "fe80::2", "fd00::1", "fd00::2"} {
		if rnd.IntN(2) == 0 {
			r.Drop = append(r.Drop, vip(a, "eth0", 2+rnd.IntN(2)))
		}
	}
	return r
}

// sorted writes tables with their sets, elements and chains in order: those that are made
// later come later.
func sorted(list []*table) []string {
	var all []string
	for _, t := range list {
		t = t.clone()
		slices.SortFunc(t.sets, func(a, b *set) int { return strings.Compare(a.name, b.name) })
		slices.SortFunc(t.chains, func(a, b *chain) int { return strings.Compare(a.name, b.name) })
		all = append(all, strings.Join(plain(t.String()), "\n"))
	}
	slices.Sort(all)
	return all
}
