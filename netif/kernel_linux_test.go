// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func openKernel(t testing.TB) *Kernel {
	t.Helper()
	a, err := OpenKernel()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// must applies the operations, of which none may fail.
func must(t testing.TB, a *Kernel, ops []Op) {
	t.Helper()
	for _, err := range a.Apply(ops) {
		if err != nil && !errors.Is(err, ErrExists) {
			t.Fatal(err)
		}
	}
}

func at(a Addr) *Addr { return &a }

// shown is what ip(8) shows of the addresses of an interface, without the life times.
func shown(t testing.TB, dev string) []string {
	t.Helper()
	var lines []string
	for line := range strings.Lines(ip(t, "-o addr show dev "+dev)) {
		line, _, _ = strings.Cut(line, "\\")
		f := strings.Fields(line)
		lines = append(lines, strings.Join(f[2:], " "))
	}
	return lines
}

func TestKernelAreAsIPShowsThem(t *testing.T) {
	a, b := namespace(t)
	addrs := openKernel(t)
	brd := addr(a, "10.1.0.100/24")
	brd.Broadcast = netip.MustParseAddr("10.1.0.255")
	label := addr(a, "10.2.0.100/24")
	label.Label = "a:vip"
	scope := addr(a, "10.3.0.100/32")
	scope.Scope = unix.RT_SCOPE_LINK
	want := []Addr{addr(a, "10.0.0.100/24"), addr(a, "10.0.0.101/24"), brd, label, scope, addr(a, "2001:db8::100/64"), addr(b, "10.0.0.102/24")}
	must(t, addrs, Plan(Holdings{}, Holdings{Addrs: want}))
	wantA := []string{
		"inet 10.0.0.100/24 scope global a",
		"inet 10.1.0.100/24 brd 10.1.0.255 scope global a",
		"inet 10.2.0.100/24 scope global a:vip",
		"inet 10.3.0.100/32 scope link a",
		"inet 10.0.0.101/24 scope global secondary a",
		"inet6 2001:db8::100/64 scope global nodad",
	}
	got := shown(t, "a")
	slices.Sort(got)
	slices.Sort(wantA)
	if diff := cmp.Diff(wantA, got); diff != "" {
		t.Errorf("a: (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"inet 10.0.0.102/24 scope global b"}, shown(t, "b")); diff != "" {
		t.Errorf("b: (-want +got)\n%s", diff)
	}
	must(t, addrs, Plan(Holdings{Addrs: want}, Holdings{}))
	if got := slices.Concat(shown(t, "a"), shown(t, "b")); len(got) != 0 {
		t.Errorf("left behind: %v", got)
	}
}

func TestKernelWithNothingToDoSucceed(t *testing.T) {
	a, _ := namespace(t)
	addrs := openKernel(t)
	four, six := addr(a, "10.0.0.100/24"), addr(a, "2001:db8::100/64")
	add := Plan(Holdings{}, Holdings{Addrs: []Addr{four, six}})
	del := Plan(Holdings{Addrs: []Addr{four, six}}, Holdings{})
	must(t, addrs, slices.Concat(add, add, del, del))
	if got := shown(t, "a"); len(got) != 0 {
		t.Errorf("left behind: %v", got)
	}
	must(t, addrs, nil)
}

// TestKernelOneFailureLeavesTheOthers mixes operations that the kernel refuses into others.
func TestKernelOneFailureLeavesTheOthers(t *testing.T) {
	a, _ := namespace(t)
	addrs := openKernel(t)
	longLabel := addr(a, "10.0.0.99/24")
	longLabel.Label = "a:0123456789abcdef"
	errs := addrs.Apply([]Op{
		{Add: true, Addr: at(addr(a, "10.0.0.100/24"))},
		{Add: true, Addr: at(addr(4711, "10.0.0.101/24"))},
		{Add: true, Addr: &longLabel},
		{Add: true, Addr: at(addr(a, "10.0.0.102/24"))},
		{Addr: at(addr(4711, "10.0.0.103/24"))},
	})
	tests := []struct {
		errno error
		text  string
	}{
		{nil, ""},
		{unix.ENODEV, "add 10.0.0.101/24 to if4711: "},
		{unix.ERANGE, "add 10.0.0.99/24 to a: "},
		{nil, ""},
		{nil, ""}, // gone with its interface
	}
	if len(errs) != len(tests) {
		t.Fatalf("got %d errors for %d operations", len(errs), len(tests))
	}
	for i, tt := range tests {
		switch {
		case !errors.Is(errs[i], tt.errno):
			t.Errorf("op %d: got %v, want %v", i, errs[i], tt.errno)
		case errs[i] != nil && !strings.HasPrefix(errs[i].Error(), tt.text):
			t.Errorf("op %d: got %q, want it to begin with %q", i, errs[i], tt.text)
		}
	}
	want := []string{"inet 10.0.0.100/24 scope global a", "inet 10.0.0.102/24 scope global secondary a"}
	if diff := cmp.Diff(want, shown(t, "a")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestKernelErrorHasTheKernelsWords wants the text of NLMSGERR_ATTR_MSG, which says more
// than the number.
func TestKernelErrorHasTheKernelsWords(t *testing.T) {
	a, _ := namespace(t)
	addrs := openKernel(t)
	longLabel := addr(a, "10.0.0.99/24")
	longLabel.Label = "a:0123456789abcdef"
	err := addrs.Apply([]Op{{Add: true, Addr: &longLabel}})[0]
	if err == nil || len(err.Error()) <= len("add 10.0.0.99/24 to a: "+unix.ERANGE.Error()) {
		t.Errorf("no words of the kernel in %v", err)
	}
}

// TestKernelManyAtOnce needs several batches, and answers that fit into the queue.
func TestKernelManyAtOnce(t *testing.T) {
	a, _ := namespace(t)
	addrs := openKernel(t)
	var want []Addr
	for i := range 3*batchSize + 7 {
		want = append(want, Addr{Index: a, Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 32)})
	}
	must(t, addrs, Plan(Holdings{}, Holdings{Addrs: want}))
	if got := len(shown(t, "a")); got != len(want) {
		t.Errorf("got %d addresses, want %d", got, len(want))
	}
	must(t, addrs, Plan(Holdings{Addrs: want}, Holdings{}))
	if got := len(shown(t, "a")); got != 0 {
		t.Errorf("%d addresses left behind", got)
	}
}

// TestPlanKeepsSecondaries shows on the kernel why Plan adds kept addresses again.
func TestPlanKeepsSecondaries(t *testing.T) {
	a, _ := namespace(t)
	sysctl(t, "ipv4/conf/all/promote_secondaries", "0")
	sysctl(t, "ipv4/conf/a/promote_secondaries", "0")
	addrs := openKernel(t)
	first, second := addr(a, "10.0.0.100/24"), addr(a, "10.0.0.101/24")
	must(t, addrs, Plan(Holdings{}, Holdings{Addrs: []Addr{first, second}}))
	must(t, addrs, Plan(Holdings{Addrs: []Addr{first, second}}, Holdings{Addrs: []Addr{second}}))
	if diff := cmp.Diff([]string{"inet 10.0.0.101/24 scope global a"}, shown(t, "a")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestKernelClosed(t *testing.T) {
	a, err := OpenKernel()
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if errs := a.Apply([]Op{{Add: true, Addr: at(addr(1, "10.0.0.1/24"))}}); errs[0] == nil {
		t.Error("a closed socket took an operation")
	}
}

func BenchmarkKernelAddAndDelete250(b *testing.B) {
	a, _ := namespace(b)
	addrs := openKernel(b)
	var want []Addr
	for i := range 250 {
		want = append(want, Addr{Index: a, Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 32)})
	}
	for b.Loop() {
		must(b, addrs, Plan(Holdings{}, Holdings{Addrs: want}))
		must(b, addrs, Plan(Holdings{Addrs: want}, Holdings{}))
	}
}
