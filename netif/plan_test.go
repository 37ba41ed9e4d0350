// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func addr(index int, prefix string) Addr {
	return Addr{Index: index, Prefix: netip.MustParsePrefix(prefix)}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	var (
		a      = addr(2, "10.0.0.100/24")
		b      = addr(2, "10.0.0.101/24")
		host   = addr(2, "10.0.0.100/32")
		other  = addr(3, "10.0.0.100/24")
		far    = addr(2, "172.16.0.1/16")
		six    = addr(2, "2001:db8::1/64")
		sixToo = addr(2, "2001:db8::2/64")
		named  = Addr{Index: 2, Prefix: a.Prefix, Label: "a:vip"}
	)
	tests := []struct {
		name       string
		have, want []Addr
		ops        []string
	}{
		{"nothing", nil, nil, nil},
		{"all new", nil, []Addr{a, b}, []string{"ip addr add 10.0.0.100/24 dev if2", "ip addr add 10.0.0.101/24 dev if2"}},
		{"all gone", []Addr{a, six}, nil, []string{"ip addr del 10.0.0.100/24 dev if2", "ip addr del 2001:db8::1/64 dev if2"}},
		{"nothing to do, whatever the order", []Addr{a, b, six}, []Addr{six, b, a}, nil},
		{"one more", []Addr{a}, []Addr{a, far}, []string{"ip addr add 172.16.0.1/16 dev if2"}},
		{"deletes come first", []Addr{far}, []Addr{six}, []string{"ip addr del 172.16.0.1/16 dev if2", "ip addr add 2001:db8::1/64 dev if2 nodad"}},
		{"a kept address in the subnet of a deleted one is added again", []Addr{a, b}, []Addr{b}, []string{"ip addr del 10.0.0.100/24 dev if2", "ip addr add 10.0.0.101/24 dev if2"}},
		{"but not in another subnet", []Addr{a, far}, []Addr{far}, []string{"ip addr del 10.0.0.100/24 dev if2"}},
		{"nor with another length", []Addr{a, host}, []Addr{host}, []string{"ip addr del 10.0.0.100/24 dev if2"}},
		{"nor on another interface", []Addr{a, other}, []Addr{other}, []string{"ip addr del 10.0.0.100/24 dev if2"}},
		{"nor in IPv6, which has no secondaries", []Addr{six, sixToo}, []Addr{sixToo}, []string{"ip addr del 2001:db8::1/64 dev if2"}},
		{"a changed label", []Addr{a}, []Addr{named}, []string{"ip addr del 10.0.0.100/24 dev if2", "ip addr add 10.0.0.100/24 dev if2 label a:vip"}},
		{"moved to another interface", []Addr{a}, []Addr{other}, []string{"ip addr del 10.0.0.100/24 dev if2", "ip addr add 10.0.0.100/24 dev if3"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			have, want := slices.Clone(tt.have), slices.Clone(tt.want)
			var ops []string
			for _, op := range Plan(Holdings{Addrs: tt.have}, Holdings{Addrs: tt.want}) {
				ops = append(ops, op.String())
			}
			if diff := cmp.Diff(tt.ops, ops); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if !slices.Equal(have, tt.have) || !slices.Equal(want, tt.want) {
				t.Error("Plan changed its arguments")
			}
		})
	}
}

func TestOpString(t *testing.T) {
	t.Parallel()
	full := Addr{
		Index: 7, Prefix: netip.MustParsePrefix("192.0.2.9/25"), Label: "eth0:1", Scope: 253,
		Broadcast: netip.MustParseAddr("192.0.2.127"),
	}
	tests := []struct {
		op   Op
		want string
	}{
		{Op{Add: true, Addr: &full}, "ip addr add 192.0.2.9/25 dev if7 brd 192.0.2.127 scope 253 label eth0:1"},
		{Op{Addr: &full}, "ip addr del 192.0.2.9/25 dev if7"},
	}
	for _, tt := range tests {
		if got := tt.op.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
