// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"slices"
	"strings"
)

// name gives the name behind a block's keyword.
func (d *decoder) name(n *Node) (string, bool) {
	a, ok := n.arg(0)
	if !ok {
		d.c.add(codeValue, n.Pos, "%s must have a name; the block is ignored", n.Key)
	}
	return a.Text, ok
}

func enterInstance(d *decoder, _ any, n *Node) any {
	name, ok := d.onlyName(n)
	if !ok {
		return nil
	}
	if i := d.draft.named[name]; i != nil {
		d.c.add(codeDuplicate, n.Pos, "vrrp_instance %s is already defined on line %d; this block is ignored", name, i.pos.Line)
		return nil
	}
	i := &instanceDraft{name: name, pos: n.Pos}
	d.draft.instances = append(d.draft.instances, i)
	d.draft.named[name] = i
	return i
}

func instanceVersion(d *decoder, i *instanceDraft, v int, n *Node) {
	if v == 2 && i.family == 6 {
		d.c.add(codeFamily, n.Pos, "(%s) VRRP version 2 has no IPv6; ignored", i.name)
		return
	}
	i.version = some(v)
}

// sameFamily says whether a fits the addresses before it; the first decides.
func (d *decoder) sameFamily(i *instanceDraft, a netip.Addr, pos Pos, what string) bool {
	family := familyOf(a)
	i.setFamily(family)
	if i.family != family {
		d.c.add(codeFamily, pos, "(%s) %s %s: the other addresses of the instance are IPv%d; ignored", i.name, what, a, i.family)
	}
	return i.family == family
}

func (d *decoder) unicastWord(i *instanceDraft, n *Node) {
	if !i.unicast.ok {
		i.unicast = some(n.Pos)
	}
}

// source takes mcast_src_ip or unicast_src_ip.
func (d *decoder) source(i *instanceDraft, a netip.Addr, n *Node) {
	if d.sameFamily(i, a, n.Args[0].Pos, "source address") {
		i.source = a
	}
}

// multicast4 says whether a is an IPv4 group.
func (d *decoder) multicast4(a netip.Addr, n *Node) bool {
	if a.Is4() && a.IsMulticast() {
		return true
	}
	d.c.add(codeAddress, n.Args[0].Pos, "%s: %s is not an IPv4 multicast address; ignored", n.Key, a)
	return false
}

// instanceGroup takes the destination of multicast adverts.
func instanceGroup(d *decoder, i *instanceDraft, a netip.Addr, n *Node) {
	switch {
	case !a.IsMulticast():
		d.c.add(codeAddress, n.Args[0].Pos, "%s: %s is not a multicast address; ignored", n.Key, a)
		return
	case a.Is6() && !a.IsLinkLocalMulticast():
		d.c.add(codeAddress, n.Args[0].Pos, "%s: %s is not a link-local multicast address; ignored", n.Key, a)
		return
	}
	if d.sameFamily(i, a, n.Args[0].Pos, "multicast group") {
		i.group, i.groupPos = a, n.Pos
	}
}

func unicastPeers(d *decoder, i *instanceDraft, list []*Node, n *Node) {
	d.unicastWord(i, n)
	for _, l := range list {
		a, ok := d.address(Arg{Text: l.Key, Pos: l.Pos}, "unicast_peer")
		if !ok || !d.sameFamily(i, a, l.Pos, "peer") {
			continue
		}
		if slices.Contains(i.peers, a) {
			d.c.add(codeDuplicateMild, l.Pos, "(%s) peer %s is listed twice; ignored", i.name, a)
			continue
		}
		i.peers = append(i.peers, a)
		i.ttls = append(i.ttls, d.peerOptions(i, l))
	}
}

// peerOptions reads min_ttl and max_ttl behind a peer, which also turn on the check
// of the source.
func (d *decoder) peerOptions(i *instanceDraft, l *Node) TTLRange {
	r := anyTTL
	ends := map[string]*uint8{"min_ttl": &r.Min, "max_ttl": &r.Max}
	for k := 0; k < len(l.Args); k += 2 {
		a := l.Args[k]
		end := ends[a.Text]
		if end == nil {
			d.c.addHint(codeExtraArg, a.Pos, "write one address on each line", "unicast_peer: unknown option %q; ignored", a.Text)
			return r
		}
		number, ok := l.arg(k + 1)
		if !ok {
			d.c.add(codeMissingMild, a.Pos, "unicast_peer %s: %s needs a number; ignored", l.Key, a.Text)
			return r
		}
		if v, ok := d.integer(number, a.Text, 0, 255); ok {
			*end = uint8(v.(int))
			i.out.CheckUnicastSrc = true
		}
	}
	if r.Min > r.Max {
		d.c.add(codeConflict, l.Pos, "(%s) peer %s: min_ttl %d is more than max_ttl %d: no advert of it is accepted", i.name, l.Key, r.Min, r.Max)
	}
	return r
}

func authType(d *decoder, i *instanceDraft, kind string, n *Node) {
	switch kind {
	case "PASS", "AH":
		i.auth.kind = kind
	default:
		d.c.addHint(codeValue, n.Args[0].Pos, didYouMean(strings.ToUpper(kind), []string{"PASS", "AH"}),
			"(%s) unknown authentication type %q; ignored", i.name, kind)
	}
}

// authBytes is the length of the authentication data of VRRPv2.
const authBytes = 8

func authPass(d *decoder, i *instanceDraft, pass string, n *Node) {
	if len(pass) > authBytes {
		d.c.add(codeAdjusted, n.Args[0].Pos, "(%s) auth_pass is longer than %d bytes; the first %d are used", i.name, authBytes, authBytes)
		pass = pass[:authBytes]
	}
	i.auth.pass = some(Secret(pass))
}
