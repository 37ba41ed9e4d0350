// SPDX-License-Identifier: Apache-2.0

package nft

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
)

// The sets, by their names in the tables.
const (
	setVIPs          = "vips"
	setVIPsLinkLocal = "vips_link_local"
	setParents       = "vmac_map"
	setVMACs         = "vmac_set"
	setParentLL      = "parent_link_local"
	setDiscovery     = "neighbor-discovery"
	setReports       = "mld-report"
)

// ICMPv6 types.
const (
	mldReport     = 131
	mld2Report    = 143
	routerSolicit = 133
	neighSolicit  = 135
	neighAdvert   = 136
)

// tables gives the tables that do what r says.
func (r Rules) tables() []*table {
	var list []*table
	if t := r.table4(); t != nil {
		list = append(list, t)
	}
	if t := r.table6(); t != nil {
		list = append(list, t)
	}
	return list
}

func (r Rules) table4() *table {
	vmacs := r.speaking(func(v VMAC) bool { return v.IPv4 })
	if len(vmacs) == 0 && !r.Filter4 {
		return nil
	}
	t := &table{family: nftables.TableFamilyIPv4, name: r.Table}
	out := r.base("out", nftables.ChainHookOutput)
	t.chains = append(t.chains, out)
	if len(vmacs) > 0 {
		t.sets = append(t.sets, parents(vmacs))
		out.say(igmp(), fromMACVLAN(), dst4.dup(setParents), r.counter(), drop())
	}
	if r.Filter4 {
		in := r.base("in", nftables.ChainHookInput)
		t.chains = append(t.chains, in)
		t.sets = append(t.sets, addresses(setVIPs, nftables.TypeIPAddr, r.drop(netip.Addr.Is4)))
		out.say(src4.in(setVIPs), r.counter(), drop())
		in.say(dst4.in(setVIPs), r.counter(), drop())
	}
	return t
}

func (r Rules) table6() *table {
	vmacs := r.speaking(func(v VMAC) bool { return v.IPv6 })
	if len(vmacs) == 0 && !r.Filter6 {
		return nil
	}
	t := &table{family: nftables.TableFamilyIPv6, name: r.Table}
	out := r.base("out", nftables.ChainHookOutput)
	t.chains = append(t.chains, out)
	t.sets = append(t.sets, r.parentLinkLocals(vmacs))
	key, name := expr.MetaKeyOIFNAME, "oifname"
	if r.IfIndex {
		key, name = expr.MetaKeyOIF, "oif"
	}
	out.say(icmp6Type("nd-neighbor-advert", neighAdvert), fromMACVLAN(), src6.with(key, name, setParentLL), r.counter(), drop())
	if len(vmacs) > 0 {
		t.sets = append(t.sets, parents(vmacs), indices(vmacs), reports())
		out.say(icmp6In(setReports), fromMACVLAN(), dst6.dup(setParents), r.counter(), drop())
		out.say(icmp6Type("nd-router-solicit", routerSolicit), fromMACVLAN(), oifIn(setVMACs), r.counter(), drop())
	}
	if r.Filter6 {
		r.filter6(t, out)
	}
	return t
}

// filter6 lets neighbours find the addresses before it drops the rest. Link-local addresses
// are told apart by the indices of their interfaces, with and without IfIndex: neither 2.2.7
// nor 2.4.3 was seen to make a set by their names.
func (r Rules) filter6(t *table, out *chain) {
	in := r.base("in", nftables.ChainHookInput)
	inLocal, outLocal := &chain{name: "in_link_local"}, &chain{name: "out_link_local"}
	t.chains = append(t.chains, in, inLocal, outLocal)
	t.sets = append(t.sets,
		addresses(setVIPs, nftables.TypeIP6Addr, r.drop(func(a netip.Addr) bool { return a.Is6() && !a.IsLinkLocalUnicast() })),
		discovery(),
		linkLocals(setVIPsLinkLocal, r.drop(netip.Addr.IsLinkLocalUnicast)))

	out.say(icmp6In(setDiscovery), r.counter(), accept())
	out.say(src6.linkLocal(), r.counter(), gotoChain(outLocal.name))
	out.say(src6.in(setVIPs), r.counter(), drop())
	in.say(icmp6In(setDiscovery), r.counter(), accept())
	in.say(dst6.linkLocal(), r.counter(), gotoChain(inLocal.name))
	in.say(dst6.in(setVIPs), r.counter(), drop())
	inLocal.say(dst6.with(expr.MetaKeyIIF, "iif", setVIPsLinkLocal), r.counter(), drop())
	outLocal.say(src6.with(expr.MetaKeyOIF, "oif", setVIPsLinkLocal), r.counter(), drop())
}

func (c *chain) say(clauses ...clause) { c.rules = append(c.rules, say(clauses...)) }

func (o Options) base(name string, hook *nftables.ChainHook) *chain {
	return &chain{name: name, hook: hook, priority: o.Priority}
}

func (r Rules) speaking(family func(VMAC) bool) []VMAC {
	var list []VMAC
	for _, v := range r.VMACs {
		if family(v) {
			list = append(list, v)
		}
	}
	return list
}

// drop gives the addresses of one kind. An IPv4 link-local address is an ordinary one.
func (r Rules) drop(kind func(netip.Addr) bool) []VIP {
	var list []VIP
	for _, v := range r.Drop {
		if kind(v.Addr) {
			list = append(list, v)
		}
	}
	return list
}

func parents(vmacs []VMAC) *set {
	s := &set{name: setParents, key: []nftables.SetDatatype{nftables.TypeIFIndex}, data: &nftables.TypeIFIndex}
	for _, v := range vmacs {
		s.add(host32(v.Index), host32(v.Parent), fmt.Sprintf("%q : %q", v.Name, v.ParentName))
	}
	return s
}

func indices(vmacs []VMAC) *set {
	s := &set{name: setVMACs, key: []nftables.SetDatatype{nftables.TypeIFIndex}}
	for _, v := range vmacs {
		s.add(host32(v.Index), "", fmt.Sprintf("%q", v.Name))
	}
	return s
}

func addresses(name string, key nftables.SetDatatype, vips []VIP) *set {
	s := &set{name: name, key: []nftables.SetDatatype{key}}
	for _, v := range vips {
		s.add(string(v.Addr.AsSlice()), "", v.Addr.String())
	}
	return s
}

func linkLocals(name string, vips []VIP) *set {
	s := &set{name: name, key: []nftables.SetDatatype{nftables.TypeIP6Addr, nftables.TypeIFIndex}}
	for _, v := range vips {
		if v.Addr.Is6() {
			s.add(string(v.Addr.AsSlice())+host32(v.Index), "", fmt.Sprintf("%s . %q", v.Addr, v.Name))
		}
	}
	return s
}

// parentLinkLocals are the addresses that a VMAC shares with the interface below: a
// neighbour must not learn the virtual MAC address for them.
func (o Options) parentLinkLocals(vmacs []VMAC) *set {
	kind := nftables.TypeIFName
	if o.IfIndex {
		kind = nftables.TypeIFIndex
	}
	s := &set{name: setParentLL, key: []nftables.SetDatatype{nftables.TypeIP6Addr, kind}}
	for _, v := range vmacs {
		if !v.ParentLinkLocal.IsValid() {
			continue
		}
		dev := host32(v.Index)
		if !o.IfIndex {
			dev = v.Name + string(make([]byte, kindLen-len(v.Name)))
		}
		s.add(string(v.ParentLinkLocal.AsSlice())+dev, "", fmt.Sprintf("%s . %q", v.ParentLinkLocal, v.Name))
	}
	return s
}

func discovery() *set {
	return icmp6Types(setDiscovery, map[byte]string{neighSolicit: "nd-neighbor-solicit", neighAdvert: "nd-neighbor-advert"},
		neighSolicit, neighAdvert)
}

func reports() *set {
	return icmp6Types(setReports, map[byte]string{mldReport: "mld-listener-report", mld2Report: "mld2-listener-report"},
		mldReport, mld2Report)
}

func icmp6Types(name string, texts map[byte]string, types ...byte) *set {
	s := &set{name: name, key: []nftables.SetDatatype{nftables.TypeICMP6Type}, constant: true}
	for _, n := range types {
		s.add(string([]byte{n}), "", texts[n])
	}
	return s
}

// add adds an element, unless its key is there.
func (s *set) add(key, data, text string) {
	for _, e := range s.elements {
		if e.key == key {
			return
		}
	}
	s.elements = append(s.elements, element{key: key, data: data, text: text})
}

// host32 is a number as the kernel keeps the index of an interface.
func host32(n int) string {
	return string(binary.NativeEndian.AppendUint32(nil, uint32(n)))
}
