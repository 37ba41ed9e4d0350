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

func enterScript(d *decoder, _ any, n *Node) any {
	name, ok := d.name(n)
	if !ok {
		return nil
	}
	s := &scriptDraft{name: name, pos: n.Pos}
	d.draft.scripts = append(d.draft.scripts, s)
	return s
}

func enterInstance(d *decoder, _ any, n *Node) any {
	name, ok := d.name(n)
	if !ok {
		return nil
	}
	if i := d.draft.named[name]; i != nil {
		d.c.add(codeDuplicate, n.Pos, "vrrp_instance %s is already defined on line %d; this block is ignored", name, i.pos.Line)
		return nil
	}
	i := &instanceDraft{name: name, pos: n.Pos, scripts: len(d.draft.scripts)}
	d.draft.instances = append(d.draft.instances, i)
	d.draft.named[name] = i
	return i
}

func instanceVersion(d *decoder, i *instanceDraft, v int, n *Node) {
	if v == 2 && i.family == 6 {
		d.c.add(codeFamily, n.Pos, "(%s) version 2 has no IPv6; ignored", i.name)
		return
	}
	i.version = some(v)
}

// sameFamily says whether a fits the addresses before it; the first decides.
func (d *decoder) sameFamily(i *instanceDraft, a netip.Addr, pos Pos, what string) bool {
	family := 6
	if a.Is4() {
		family = 4
	}
	if i.family == 0 {
		i.family = family
	}
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

func instanceGroup(d *decoder, i *instanceDraft, a netip.Addr, n *Node) {
	if d.sameFamily(i, a, n.Args[0].Pos, "multicast group") && d.multicast4(a, n) {
		i.group = a
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
			d.c.add(codeDuplicate, l.Pos, "(%s) peer %s is listed twice; ignored", i.name, a)
			continue
		}
		i.peers = append(i.peers, a)
		d.peerOptions(l)
	}
}

func (d *decoder) peerOptions(l *Node) {
	if len(l.Args) == 0 {
		return
	}
	switch a := l.Args[0]; a.Text {
	case "min_ttl", "max_ttl":
		d.c.add(codeNotSupported, a.Pos, "%s of a peer is not supported yet", a.Text)
	default:
		d.c.addHint(codeExtraArg, a.Pos, "write one address on each line", "unicast_peer: unknown option %q; ignored", a.Text)
	}
}

// notifySetter takes the script of notifyWords[k]; the first one stands.
func notifySetter(k int) setter {
	return with(func(d *decoder, i *instanceDraft, c Command, n *Node) {
		if i.notify[k] != nil {
			d.c.add(codeDuplicate, n.Pos, "(%s) %s is already given on line %d; ignored", i.name, n.Key, i.notify[k].Pos.Line)
			return
		}
		i.notify[k] = &c
	})
}

func authType(d *decoder, i *instanceDraft, kind string, n *Node) {
	switch kind {
	case "PASS":
		i.auth.kind = kind
	case "AH":
		// Without it the other routers would refuse our adverts, and we theirs.
		i.lacking, i.lackPos = "auth_type AH", n.Args[0].Pos
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

// maxTrackWeight is the largest weight of a tracked script.
const maxTrackWeight = 253

// trackScripts takes lines NAME [weight N].
func trackScripts(d *decoder, i *instanceDraft, list []*Node, _ *Node) {
	for _, l := range list {
		t := trackDraft{name: Arg{Text: l.Key, Pos: l.Pos}}
		if d.trackOptions(l, &t) {
			i.tracks = append(i.tracks, t)
		}
	}
}

// trackOptions says whether the entry can be used.
func (d *decoder) trackOptions(l *Node, t *trackDraft) bool {
	for k := 0; k < len(l.Args); k++ {
		switch a := l.Args[k]; a.Text {
		case "weight":
			w, ok := l.arg(k + 1)
			if !ok {
				d.c.add(codeValue, a.Pos, "track_script %s: weight needs a number; the script is not tracked", l.Key)
				return false
			}
			k++
			if v, ok := d.weight(w, "track_script "+l.Key, maxTrackWeight); ok {
				t.weight = some(v.(int))
			}
		case "noreverse":
			// The default.
		case "reverse":
			d.c.add(codeNotSupported, a.Pos, "track_script %s: reverse is not supported yet; the script is not tracked", l.Key)
			return false
		default:
			d.c.addHint(codeExtraArg, a.Pos, "write one script on each line", "track_script %s: unknown option %q; ignored", l.Key, a.Text)
		}
	}
	return true
}
