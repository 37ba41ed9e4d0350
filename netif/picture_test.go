// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func came(index int, prefix string) AddrChange {
	return AddrChange{Index: index, Prefix: netip.MustParsePrefix(prefix), Added: true}
}

func went(index int, prefix string) AddrChange {
	a := came(index, prefix)
	a.Added = false
	return a
}

func secondary(a AddrChange) AddrChange {
	a.Secondary = true
	return a
}

func ours(a AddrChange) AddrChange {
	a.Ours = true
	return a
}

func host(a AddrChange) AddrChange {
	a.Scope = scopeHost
	return a
}

func link(index int, name string) LinkChange { return LinkChange{Link: Link{Index: index, Name: name}} }

func picture(events ...Event) *Picture {
	var p Picture
	for _, ev := range events {
		p.Apply(ev)
	}
	return &p
}

func TestPictureSource(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		events []Event
		want   string // empty: none
	}{
		{"none", []Event{link(2, "a")}, ""},
		{"the first", []Event{came(2, "10.0.0.1/24"), came(2, "172.16.0.1/16")}, "10.0.0.1"},
		{"not IPv6", []Event{came(2, "2001:db8::1/64"), came(2, "10.0.0.1/24")}, "10.0.0.1"},
		{"not of another link", []Event{came(3, "10.0.0.1/24")}, ""},
		{"not one of ours", []Event{ours(came(2, "10.0.0.100/32")), came(2, "10.0.0.1/24")}, "10.0.0.1"},
		{"not a virtual one", []Event{came(2, "10.0.0.200/24"), came(2, "10.0.0.1/24")}, "10.0.0.1"},
		{"a virtual one alone is none", []Event{came(2, "10.0.0.200/24")}, ""},
		{"ours alone is none", []Event{ours(came(2, "10.0.0.100/24"))}, ""},
		{"not one that stays on the host", []Event{host(came(2, "127.0.0.2/8")), came(2, "10.0.0.1/24")}, "10.0.0.1"},
		{"the next when the first goes", []Event{came(2, "10.0.0.1/24"), came(2, "172.16.0.1/16"), went(2, "10.0.0.1/24")}, "172.16.0.1"},
		{"none when all have gone", []Event{came(2, "10.0.0.1/24"), went(2, "10.0.0.1/24")}, ""},
		{"a primary before a secondary that is older", []Event{secondary(came(2, "10.0.0.2/24")), came(2, "172.16.0.1/16")}, "172.16.0.1"},
		{"a promoted secondary", []Event{
			came(2, "10.0.0.1/24"), secondary(came(2, "10.0.0.2/24")), secondary(came(2, "10.0.0.3/24")),
			went(2, "10.0.0.1/24"), came(2, "10.0.0.3/24"),
		}, "10.0.0.3"},
		{"told twice is there once", []Event{came(2, "10.0.0.1/24"), came(2, "10.0.0.1/24"), went(2, "10.0.0.1/24")}, ""},
		{"gone with its link", []Event{link(2, "a"), came(2, "10.0.0.1/24"), LinkChange{Link: Link{Index: 2, Name: "a"}, Gone: true}}, ""},
		{"kept by a renamed link", []Event{link(2, "a"), came(2, "10.0.0.1/24"), link(2, "b")}, "10.0.0.1"},
		{"forgotten by a resync", []Event{came(2, "10.0.0.1/24"), Resync{Addrs: []AddrChange{came(2, "10.0.0.9/24")}}}, "10.0.0.9"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			virtual := netip.MustParseAddr("10.0.0.200")
			got := picture(tt.events...).Source(2, false, func(a AddrChange) bool { return a.Ours || a.Prefix.Addr() == virtual })
			if got.IsValid() != (tt.want != "") || got.IsValid() && got.String() != tt.want {
				t.Errorf("got %v, want %q", got, tt.want)
			}
		})
	}
}

func TestPictureSourceOfIPv6(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		events []Event
		want   string // empty: none
	}{
		{"the link-local one", []Event{came(2, "10.0.0.1/24"), came(2, "2001:db8::1/64"), came(2, "fe80::1/64")}, "fe80::1"},
		{"the first of two", []Event{came(2, "fe80::1/64"), came(2, "fe80::2/64")}, "fe80::1"},
		{"no global one", []Event{came(2, "2001:db8::1/64")}, ""},
		{"not a virtual one", []Event{came(2, "fe80::200/64"), came(2, "fe80::1/64")}, "fe80::1"},
		{"not one of ours", []Event{ours(came(2, "fe80::7/64"))}, ""},
		{"not of another link", []Event{came(3, "fe80::1/64")}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			virtual := netip.MustParseAddr("fe80::200")
			got := picture(tt.events...).Source(2, true, func(a AddrChange) bool { return a.Ours || a.Prefix.Addr() == virtual })
			if got.IsValid() != (tt.want != "") || got.IsValid() && got.String() != tt.want {
				t.Errorf("got %v, want %q", got, tt.want)
			}
		})
	}
}

func TestPictureLinks(t *testing.T) {
	t.Parallel()
	gone := func(index int, name string) Event {
		return LinkChange{Link: Link{Index: index, Name: name}, Gone: true}
	}
	tests := []struct {
		name   string
		events []Event
		want   map[string]int
	}{
		{"nothing heard", nil, map[string]int{}},
		{"two", []Event{link(2, "a"), link(3, "b")}, map[string]int{"a": 2, "b": 3}},
		{"renamed", []Event{link(2, "a"), link(2, "b")}, map[string]int{"b": 2}},
		{"names exchanged", []Event{link(2, "a"), link(3, "b"), link(2, "tmp"), link(3, "a"), link(2, "b")}, map[string]int{"a": 3, "b": 2}},
		{"gone", []Event{link(2, "a"), link(3, "b"), gone(2, "a")}, map[string]int{"b": 3}},
		{"gone under a name that it no longer has", []Event{link(2, "a"), link(2, "b"), link(3, "a"), gone(2, "a")}, map[string]int{"a": 3}},
		{"made again with another index", []Event{link(2, "a"), gone(2, "a"), link(7, "a")}, map[string]int{"a": 7}},
		{"gone, never heard of", []Event{gone(9, "x")}, map[string]int{}},
		{"resync", []Event{link(2, "a"), Resync{Links: []Link{{Index: 5, Name: "c"}}}}, map[string]int{"c": 5}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := picture(tt.events...)
			got := map[string]int{}
			for _, name := range []string{"a", "b", "c", "x", "tmp"} {
				l, ok := p.Link(name)
				if !ok {
					continue
				}
				got[name] = l.Index
				if same, ok := p.ByIndex(l.Index); !ok || same.Name != name {
					t.Errorf("by index %d: got %q, want %q", l.Index, same.Name, name)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestPictureHas(t *testing.T) {
	t.Parallel()
	p := picture(came(2, "10.0.0.1/24"))
	tests := []struct {
		index  int
		prefix string
		want   bool
	}{
		{2, "10.0.0.1/24", true},
		{2, "10.0.0.1/32", false},
		{3, "10.0.0.1/24", false},
	}
	for _, tt := range tests {
		if got := p.Has(addr(tt.index, tt.prefix)); got != tt.want {
			t.Errorf("Has(%d, %s) = %v", tt.index, tt.prefix, got)
		}
	}
}

func TestPictureLocal(t *testing.T) {
	t.Parallel()
	p := picture(came(2, "10.0.0.1/24"), came(3, "2001:db8::1/64"), came(3, "10.0.0.9/32"), went(3, "10.0.0.9/32"))
	for ip, want := range map[string]bool{"10.0.0.1": true, "2001:db8::1": true, "10.0.0.2": false, "10.0.0.9": false} {
		if got := p.Local(netip.MustParseAddr(ip)); got != want {
			t.Errorf("Local(%s) = %v", ip, got)
		}
	}
}

// TestPictureSnapshot: a picture made from a picture's snapshot is the same.
func TestPictureSnapshot(t *testing.T) {
	t.Parallel()
	p := picture(link(3, "b"), link(2, "a"), came(3, "10.0.0.3/24"), came(2, "10.0.0.1/24"), secondary(came(2, "10.0.0.2/24")))
	want := Resync{
		Links: []Link{{Index: 2, Name: "a"}, {Index: 3, Name: "b"}},
		Addrs: []AddrChange{came(2, "10.0.0.1/24"), secondary(came(2, "10.0.0.2/24")), came(3, "10.0.0.3/24")},
	}
	opts := cmp.Options(sameAddrs)
	if diff := cmp.Diff(want, p.snapshot(), opts); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(want, picture(want).snapshot(), opts); diff != "" {
		t.Errorf("again: (-want +got)\n%s", diff)
	}
}
