// SPDX-License-Identifier: Apache-2.0

package nft

import (
	"strings"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// A clause is a part of a rule: a match or what to do. The expressions are those that nft
// itself makes of the text, so that it can read them back.
type clause struct {
	text  string
	exprs []expr.Any
}

// metaOIFKind is NFT_META_OIFKIND, the kind of the interface that a packet leaves by.
const metaOIFKind expr.MetaKey = 27

const (
	kindLen = 16 // IFNAMSIZ

	ip4Src, ip4Dst, ip4Protocol = 12, 16, 9 // offsets in an IPv4 header
	ip6Src, ip6Dst              = 8, 24     // and in an IPv6 header

	reg1, reg2  = 1, 2 // registers of 16 bytes
	reg32Second = 9    // and the second four bytes of the first of them
)

// say joins clauses to a rule.
func say(clauses ...clause) rule {
	var r rule
	texts := make([]string, 0, len(clauses))
	for _, c := range clauses {
		if c.text != "" {
			texts = append(texts, c.text)
		}
		r.exprs = append(r.exprs, c.exprs...)
	}
	r.text = strings.Join(texts, " ")
	return r
}

func load(reg, offset, size uint32) expr.Any {
	return &expr.Payload{DestRegister: reg, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: size}
}

func meta(key expr.MetaKey, reg uint32) expr.Any { return &expr.Meta{Key: key, Register: reg} }

func equal(data ...byte) expr.Any {
	return &expr.Cmp{Op: expr.CmpOpEq, Register: reg1, Data: data}
}

func lookup(reg uint32, name string) expr.Any {
	return &expr.Lookup{SourceRegister: reg, SetName: name}
}

func igmp() clause {
	return clause{"ip protocol igmp", []expr.Any{load(reg1, ip4Protocol, 1), equal(unix.IPPROTO_IGMP)}}
}

// icmp6 is a match of the type of an ICMPv6 message by what follows.
func icmp6(text string, match expr.Any) clause {
	return clause{"icmpv6 type " + text, []expr.Any{
		meta(expr.MetaKeyL4PROTO, reg1), equal(unix.IPPROTO_ICMPV6),
		&expr.Payload{DestRegister: reg1, Base: expr.PayloadBaseTransportHeader, Len: 1}, match,
	}}
}

func icmp6Type(name string, number byte) clause { return icmp6(name, equal(number)) }

func icmp6In(set string) clause { return icmp6("@"+set, lookup(reg1, set)) }

func fromMACVLAN() clause {
	kind := make([]byte, kindLen)
	copy(kind, "macvlan")
	return clause{`meta oifkind "macvlan"`, []expr.Any{meta(metaOIFKind, reg1), equal(kind...)}}
}

// by is an address of a packet.
type by struct {
	text         string
	offset, size uint32
}

var (
	src4, dst4 = by{"ip saddr", ip4Src, 4}, by{"ip daddr", ip4Dst, 4}
	src6, dst6 = by{"ip6 saddr", ip6Src, 16}, by{"ip6 daddr", ip6Dst, 16}
)

func (a by) in(set string) clause {
	return clause{a.text + " @" + set, []expr.Any{load(reg1, a.offset, a.size), lookup(reg1, set)}}
}

// with matches the address together with an interface.
func (a by) with(key expr.MetaKey, name, set string) clause {
	return clause{a.text + " . " + name + " @" + set, []expr.Any{
		load(reg1, a.offset, a.size), meta(key, reg2), lookup(reg1, set),
	}}
}

func (a by) linkLocal() clause {
	mask, prefix := make([]byte, 16), make([]byte, 16)
	mask[0], mask[1] = 0xff, 0xc0
	prefix[0], prefix[1] = 0xfe, 0x80
	return clause{a.text + " fe80::/10", []expr.Any{
		load(reg1, a.offset, a.size),
		&expr.Bitwise{SourceRegister: reg1, DestRegister: reg1, Len: 16, Mask: mask, Xor: make([]byte, 16)},
		equal(prefix...),
	}}
}

func oifIn(set string) clause {
	return clause{"oif @" + set, []expr.Any{meta(expr.MetaKeyOIF, reg1), lookup(reg1, set)}}
}

// dup sends a copy to its own destination, by the interface that the map gives for the one
// that it would have left by.
func (a by) dup(byMap string) clause {
	return clause{"dup to " + a.text + " device oif map @" + byMap, []expr.Any{
		load(reg1, a.offset, a.size), meta(expr.MetaKeyOIF, reg2),
		&expr.Lookup{SourceRegister: reg2, DestRegister: reg2, IsDestRegSet: true, SetName: byMap},
		&expr.Dup{RegAddr: reg1, RegDev: reg2, IsRegDevSet: true},
	}}
}

func drop() clause { return clause{"drop", []expr.Any{&expr.Verdict{Kind: expr.VerdictDrop}}} }

func accept() clause { return clause{"accept", []expr.Any{&expr.Verdict{Kind: expr.VerdictAccept}}} }

func gotoChain(name string) clause {
	return clause{"goto " + name, []expr.Any{&expr.Verdict{Kind: expr.VerdictGoto, Chain: name}}}
}

// counter counts what matched so far, if that is wanted.
func (o Options) counter() clause {
	if !o.Counters {
		return clause{}
	}
	return clause{"counter packets 0 bytes 0", []expr.Any{&expr.Counter{}}}
}

// concat is the type of a set's keys.
func concat(key []nftables.SetDatatype) (nftables.SetDatatype, error) {
	if len(key) == 1 {
		return key[0], nil
	}
	return nftables.ConcatSetType(key...)
}
