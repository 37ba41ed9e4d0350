// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// raw builds a message as the kernel does.
func raw(typ, flags uint16, seq uint32, body ...[]byte) []byte {
	b := make([]byte, sizeofHeader)
	for _, part := range body {
		b = append(b, part...)
	}
	binary.NativeEndian.PutUint32(b, uint32(len(b)))
	binary.NativeEndian.PutUint16(b[4:], typ)
	binary.NativeEndian.PutUint16(b[6:], flags)
	binary.NativeEndian.PutUint32(b[8:], seq)
	return pad(b)
}

// attr builds an attribute.
func attr(typ uint16, value []byte) []byte {
	b := make([]byte, sizeofAttr, sizeofAttr+len(value))
	binary.NativeEndian.PutUint16(b, uint16(sizeofAttr+len(value)))
	binary.NativeEndian.PutUint16(b[2:], typ)
	return pad(append(b, value...))
}

func pad(b []byte) []byte { return append(b, make([]byte, align(len(b))-len(b))...) }

func u32(n uint32) []byte { return binary.NativeEndian.AppendUint32(nil, n) }

// ifinfomsg is the fixed part of a link message.
func ifinfomsg(family byte, index int, flags uint32) []byte {
	return slices.Concat([]byte{family, 0, 0, 0}, u32(uint32(index)), u32(flags), u32(0))
}

// ifaddrmsg is the fixed part of an address message.
func ifaddrmsg(family, bits, flags, scope byte, index int) []byte {
	return append([]byte{family, bits, flags, scope}, u32(uint32(index))...)
}

// rtmsg is the fixed part of a route message; that of a rule looks the same.
func rtmsg(family, dst, src, table, protocol, typ byte) []byte {
	return append([]byte{family, dst, src, 0, table, protocol, 0, typ}, u32(0)...)
}

// sameAddrs lets cmp look at the types of net/netip.
var sameAddrs = []cmp.Option{
	cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
}

func has(p *Picture, a AddrChange) bool {
	return p.Has(Addr{Index: a.Index, Prefix: a.Prefix, Peer: a.Peer})
}

func TestMessages(t *testing.T) {
	t.Parallel()
	odd := raw(1, 2, 3, []byte("odd")) // padded behind its length
	oddMessage := message{Type: 1, Flags: 2, Seq: 3, Body: []byte("odd")}
	long := raw(7, 0, 8)
	binary.NativeEndian.PutUint32(long, 4711)
	short := raw(7, 0, 8)
	binary.NativeEndian.PutUint32(short, sizeofHeader-1)
	tests := []struct {
		name string
		b    []byte
		want []message
	}{
		{"nothing", nil, nil},
		{"less than a header", make([]byte, sizeofHeader-1), nil},
		{"zeros", make([]byte, 64), nil},
		{"two", slices.Concat(odd, raw(4, 5, 6)), []message{oddMessage, {Type: 4, Flags: 5, Seq: 6, Body: []byte{}}}},
		{"last one without padding", odd[:sizeofHeader+3], []message{oddMessage}},
		{"longer than what is there", slices.Concat(odd, long), []message{oddMessage}},
		{"shorter than its header", slices.Concat(odd, short, odd), []message{oddMessage}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, slices.Collect(messages(tt.b))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestAttrs(t *testing.T) {
	t.Parallel()
	type pair struct {
		Type  uint16
		Value string
	}
	long := attr(9, []byte("abcd"))
	binary.NativeEndian.PutUint16(long, 9)
	short := attr(9, []byte("abcd"))
	binary.NativeEndian.PutUint16(short, 3)
	tests := []struct {
		name string
		b    []byte
		want []pair
	}{
		{"nothing", nil, nil},
		{"less than a header", []byte{8, 0, 1}, nil},
		{"two", slices.Concat(attr(1, []byte("x")), attr(2, nil)), []pair{{1, "x"}, {2, ""}}},
		{"nested and byte order bits", attr(0xc003, []byte("y")), []pair{{3, "y"}}},
		{"longer than what is there", slices.Concat(attr(1, []byte("x")), long), []pair{{1, "x"}}},
		{"shorter than its header", slices.Concat(short, attr(1, []byte("x"))), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []pair
			for typ, v := range attrs(tt.b) {
				got = append(got, pair{typ, string(v)})
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestIterationCanEnd(t *testing.T) {
	t.Parallel()
	n := 0
	for range messages(slices.Concat(raw(1, 0, 0), raw(2, 0, 0))) {
		n++
		break
	}
	for range attrs(slices.Concat(attr(1, nil), attr(2, nil))) {
		n++
		break
	}
	if n != 2 {
		t.Errorf("%d steps, want 2", n)
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	name := attr(unix.IFLA_IFNAME, []byte("eth0\x00"))
	local := attr(unix.IFA_LOCAL, []byte{10, 0, 0, 1})
	peer := attr(unix.IFA_ADDRESS, []byte{10, 0, 0, 2})
	six := netip.MustParseAddr("2001:db8::1")
	const on = unix.IFF_UP | unix.IFF_RUNNING
	tests := []struct {
		name string
		b    []byte
		want Event // nil: none
	}{
		{
			"link", raw(unix.RTM_NEWLINK, 0, 0, ifinfomsg(0, 2, on|unix.IFF_MULTICAST), name, attr(unix.IFLA_MTU, u32(9000)), attr(unix.IFLA_ADDRESS, []byte{2, 0, 0, 0, 0, 10})),
			LinkChange{Link: Link{Name: "eth0", Index: 2, MTU: 9000, MAC: net.HardwareAddr{2, 0, 0, 0, 0, 10}, Up: true, Multicast: true, Flags: on | unix.IFF_MULTICAST}},
		},
		{"link gone", raw(unix.RTM_DELLINK, 0, 0, ifinfomsg(0, 2, 0), name), LinkChange{Link: Link{Name: "eth0", Index: 2}, Gone: true}},
		{"link without carrier", raw(unix.RTM_NEWLINK, 0, 0, ifinfomsg(0, 2, unix.IFF_UP|unix.IFF_NOARP|unix.IFF_LOOPBACK), name), LinkChange{Link: Link{Name: "eth0", Index: 2, NoARP: true, Loopback: true, Flags: unix.IFF_UP | unix.IFF_NOARP | unix.IFF_LOOPBACK}}},
		{"running but not up", raw(unix.RTM_NEWLINK, 0, 0, ifinfomsg(0, 2, unix.IFF_RUNNING), name), LinkChange{Link: Link{Name: "eth0", Index: 2, Flags: unix.IFF_RUNNING}}},
		{"port left a bridge", raw(unix.RTM_DELLINK, 0, 0, ifinfomsg(unix.AF_BRIDGE, 2, on), name), nil},
		{"wireless event", raw(unix.RTM_NEWLINK, 0, 0, ifinfomsg(0, 2, on), name, attr(unix.IFLA_WIRELESS, nil)), nil},
		{"link without a name", raw(unix.RTM_NEWLINK, 0, 0, ifinfomsg(0, 2, on)), nil},
		{"link without an index", raw(unix.RTM_NEWLINK, 0, 0, ifinfomsg(0, 0, on), name), nil},
		{"link cut off", raw(unix.RTM_NEWLINK, 0, 0, ifinfomsg(0, 2, on)[:15]), nil},
		{"MTU of a wrong length", raw(unix.RTM_NEWLINK, 0, 0, ifinfomsg(0, 2, on), name, attr(unix.IFLA_MTU, []byte{1, 2})), LinkChange{Link: Link{Name: "eth0", Index: 2, Up: true, Flags: on}}},
		{
			"VMAC in a VRF", raw(unix.RTM_NEWLINK, 0, 0, ifinfomsg(0, 3, on), name, attr(unix.IFLA_LINK, u32(2)), attr(unix.IFLA_MASTER, u32(9)), attr(unix.IFLA_GROUP, u32(7)),
				attr(unix.IFLA_LINKINFO, slices.Concat(attr(unix.IFLA_INFO_KIND, []byte("macvlan")), attr(unix.IFLA_INFO_DATA, attr(1, u32(1)))))),
			LinkChange{Link: Link{Name: "eth0", Index: 3, Up: true, Flags: on, Kind: KindMACVLAN, Mode: MACVLANPrivate, Parent: 2, Master: 9, Group: 7}},
		},
		{
			"ipvlan", raw(unix.RTM_NEWLINK, 0, 0, ifinfomsg(0, 3, on), name, attr(unix.IFLA_LINK, u32(2)),
				attr(unix.IFLA_LINKINFO, slices.Concat(attr(unix.IFLA_INFO_KIND, []byte("ipvlan\x00")), attr(unix.IFLA_INFO_DATA, slices.Concat(attr(1, []byte{0, 0}), attr(2, []byte{2, 0})))))),
			LinkChange{Link: Link{Name: "eth0", Index: 3, Up: true, Flags: on, Kind: KindIPVLAN, Mode: IPVLANVEPA, Parent: 2}},
		},
		{
			"on a link of another namespace", raw(unix.RTM_NEWLINK, 0, 0, ifinfomsg(0, 3, on), name, attr(unix.IFLA_LINK, u32(2)), attr(unix.IFLA_LINK_NETNSID, u32(0))),
			LinkChange{Link: Link{Name: "eth0", Index: 3, Up: true, Flags: on}},
		},

		{"address", raw(unix.RTM_NEWADDR, 0, 0, ifaddrmsg(unix.AF_INET, 24, 0, 0, 2), attr(unix.IFA_ADDRESS, []byte{10, 0, 0, 1}), local), came(2, "10.0.0.1/24")},
		{
			"point to point", raw(unix.RTM_NEWADDR, 0, 0, ifaddrmsg(unix.AF_INET, 32, 0, 0, 2), peer, local),
			AddrChange{Index: 2, Prefix: netip.MustParsePrefix("10.0.0.1/32"), Peer: netip.MustParseAddr("10.0.0.2"), Added: true},
		},
		{
			"a duplicate", raw(unix.RTM_NEWADDR, 0, 0, ifaddrmsg(unix.AF_INET6, 64, unix.IFA_F_DADFAILED|unix.IFA_F_TENTATIVE, 0, 2), attr(unix.IFA_ADDRESS, six.AsSlice())),
			AddrChange{Index: 2, Prefix: netip.MustParsePrefix("2001:db8::1/64"), Added: true, Tentative: true, DADFailed: true},
		},
		{"address gone", raw(unix.RTM_DELADDR, 0, 0, ifaddrmsg(unix.AF_INET, 24, 0, 0, 2), local), went(2, "10.0.0.1/24")},
		{
			"secondary of narrow scope, ours", raw(unix.RTM_NEWADDR, 0, 0, ifaddrmsg(unix.AF_INET, 24, unix.IFA_F_SECONDARY, 253, 2), local, attr(ifaProto, []byte{Protocol})),
			AddrChange{Index: 2, Prefix: netip.MustParsePrefix("10.0.0.1/24"), Added: true, Scope: 253, Secondary: true, Ours: true},
		},
		{"of another origin", raw(unix.RTM_NEWADDR, 0, 0, ifaddrmsg(unix.AF_INET, 24, 0, 0, 2), local, attr(ifaProto, []byte{3})), came(2, "10.0.0.1/24")},
		{"IPv6, where the flag means temporary", raw(unix.RTM_NEWADDR, 0, 0, ifaddrmsg(unix.AF_INET6, 64, unix.IFA_F_SECONDARY, 0, 2), attr(unix.IFA_ADDRESS, six.AsSlice())), came(2, "2001:db8::1/64")},
		{"address without an address", raw(unix.RTM_NEWADDR, 0, 0, ifaddrmsg(unix.AF_INET, 24, 0, 0, 2)), nil},
		{"address of a wrong length", raw(unix.RTM_NEWADDR, 0, 0, ifaddrmsg(unix.AF_INET, 24, 0, 0, 2), attr(unix.IFA_LOCAL, []byte{1, 2, 3})), nil},
		{"prefix too long", raw(unix.RTM_NEWADDR, 0, 0, ifaddrmsg(unix.AF_INET, 33, 0, 0, 2), local), nil},
		{"address cut off", raw(unix.RTM_NEWADDR, 0, 0, ifaddrmsg(unix.AF_INET, 24, 0, 0, 2)[:7]), nil},
		{
			"our route gone", raw(unix.RTM_DELROUTE, 0, 0, rtmsg(unix.AF_INET, 24, 0, 254, Protocol, unix.RTN_UNICAST), attr(unix.RTA_DST, []byte{192, 0, 2, 0}), attr(unix.RTA_TABLE, u32(1000)), attr(unix.RTA_PRIORITY, u32(7))),
			RouteGone{RouteID{Dst: netip.MustParsePrefix("192.0.2.0/24"), Table: 1000, Type: unix.RTN_UNICAST, Metric: 7}},
		},
		{
			"our default route from a prefix gone", raw(unix.RTM_DELROUTE, 0, 0, rtmsg(unix.AF_INET6, 0, 64, 254, Protocol, unix.RTN_UNICAST), attr(unix.RTA_SRC, six.AsSlice())),
			RouteGone{RouteID{Dst: netip.MustParsePrefix("::/0"), From: netip.MustParsePrefix("2001:db8::1/64"), Table: 254, Type: unix.RTN_UNICAST}},
		},
		{"a route of others", raw(unix.RTM_DELROUTE, 0, 0, rtmsg(unix.AF_INET, 0, 0, 254, 4, unix.RTN_UNICAST)), nil},
		{"a route of another family", raw(unix.RTM_DELROUTE, 0, 0, rtmsg(unix.AF_MPLS, 0, 0, 254, Protocol, unix.RTN_UNICAST)), nil},
		{"a route with a destination of the wrong length", raw(unix.RTM_DELROUTE, 0, 0, rtmsg(unix.AF_INET6, 8, 0, 254, Protocol, 1), attr(unix.RTA_DST, []byte{1, 2, 3, 4})), nil},
		{"a route with a prefix too long", raw(unix.RTM_DELROUTE, 0, 0, rtmsg(unix.AF_INET, 33, 0, 254, Protocol, 1)), nil},
		{"a route cut off", raw(unix.RTM_DELROUTE, 0, 0, rtmsg(unix.AF_INET, 0, 0, 254, Protocol, 1)[:11]), nil},
		{
			"our rule gone", raw(unix.RTM_DELRULE, 0, 0, rtmsg(unix.AF_INET6, 0, 0, 254, 0, 1), attr(unix.FRA_PRIORITY, u32(1000)), attr(unix.FRA_PROTOCOL, []byte{Protocol})),
			RuleGone{RuleID{Family: 6, Priority: 1000}},
		},
		{"a rule of others", raw(unix.RTM_DELRULE, 0, 0, rtmsg(unix.AF_INET, 0, 0, 254, 0, 1), attr(unix.FRA_PROTOCOL, []byte{2})), nil},
		{"a rule without an origin", raw(unix.RTM_DELRULE, 0, 0, rtmsg(unix.AF_INET, 0, 0, 254, 0, 1)), nil},
		{"a rule of another family", raw(unix.RTM_DELRULE, 0, 0, rtmsg(129, 0, 0, 254, 0, 1), attr(unix.FRA_PROTOCOL, []byte{Protocol})), nil},
		{"a rule cut off", raw(unix.RTM_DELRULE, 0, 0, []byte{unix.AF_INET}), nil},
		{"something else", raw(unix.RTM_NEWROUTE, 0, 0, ifaddrmsg(unix.AF_INET, 24, 0, 0, 2), local), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for m := range messages(tt.b) {
				got, ok := decode(m)
				if ok != (tt.want != nil) {
					t.Fatalf("got %v, %v", got, ok)
				}
				if diff := cmp.Diff(tt.want, got, sameAddrs...); ok && diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			}
		})
	}
}

func TestAckError(t *testing.T) {
	t.Parallel()
	errno := func(e unix.Errno) []byte { return u32(uint32(-int32(e))) }
	echo := raw(unix.RTM_NEWADDR, 0, 9, []byte("request!"))
	words := attr(unix.NLMSGERR_ATTR_MSG, []byte("ipv4: Invalid scope value\x00"))
	other := attr(unix.NLMSGERR_ATTR_OFFS, u32(4))
	const capped, tlvs = unix.NLM_F_CAPPED, unix.NLM_F_ACK_TLVS
	liar := slices.Clone(echo[:sizeofHeader])
	binary.NativeEndian.PutUint32(liar, 1<<31)
	tests := []struct {
		name string
		m    message
		want string
	}{
		{"acknowledged", message{Body: slices.Concat(u32(0), echo)}, "<nil>"},
		{"number only", message{Body: slices.Concat(errno(unix.EINVAL), echo)}, "invalid argument"},
		{"words behind a capped echo", message{Flags: capped | tlvs, Body: slices.Concat(errno(unix.EINVAL), echo[:sizeofHeader], other, words)}, "invalid argument: ipv4: Invalid scope value"},
		{"words behind a whole echo", message{Flags: tlvs, Body: slices.Concat(errno(unix.EINVAL), echo, words)}, "invalid argument: ipv4: Invalid scope value"},
		{"no words among the attributes", message{Flags: capped | tlvs, Body: slices.Concat(errno(unix.EPERM), echo[:sizeofHeader], other)}, "operation not permitted"},
		{"echo longer than what is there", message{Flags: tlvs, Body: slices.Concat(errno(unix.EPERM), liar, words)}, "operation not permitted"},
		{"too short", message{Body: []byte{1, 2, 3}}, errNoAnswer.Error()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := "<nil>"
			if err := ackError(tt.m); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// FuzzMessages: whatever comes, nothing panics, and what is decoded is whole.
func FuzzMessages(f *testing.F) {
	f.Add(raw(unix.RTM_NEWLINK, 0, 0, ifinfomsg(0, 2, 1), attr(unix.IFLA_IFNAME, []byte("eth0\x00"))))
	f.Add(raw(unix.RTM_DELADDR, 0, 0, ifaddrmsg(unix.AF_INET, 24, 0, 0, 2), attr(unix.IFA_LOCAL, []byte{10, 0, 0, 1})))
	f.Add(raw(unix.RTM_DELROUTE, 0, 0, rtmsg(unix.AF_INET, 24, 0, 254, Protocol, 1), attr(unix.RTA_DST, []byte{10, 0, 0, 0})))
	f.Add(raw(unix.RTM_DELRULE, 0, 0, rtmsg(unix.AF_INET, 0, 0, 254, 0, 1), attr(unix.FRA_PROTOCOL, []byte{Protocol})))
	f.Add(raw(unix.NLMSG_ERROR, unix.NLM_F_ACK_TLVS, 1, u32(1), raw(1, 2, 3), attr(1, []byte("words"))))
	f.Fuzz(func(t *testing.T, b []byte) {
		for m := range messages(b) {
			_ = ackError(m)
			ev, ok := decode(m)
			if !ok {
				continue
			}
			var p Picture
			p.Apply(ev)
			switch ev := ev.(type) {
			case LinkChange:
				if ev.Link.Name == "" || ev.Link.Index <= 0 {
					t.Errorf("half a link: %+v", ev)
				}
			case AddrChange:
				if !ev.Prefix.IsValid() || ev.Index <= 0 || has(&p, ev) != ev.Added {
					t.Errorf("half an address: %+v", ev)
				}
			case RouteGone:
				if !ev.ID.Dst.IsValid() {
					t.Errorf("half a route: %+v", ev)
				}
			}
		}
	})
}
