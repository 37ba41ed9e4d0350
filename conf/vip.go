// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// vips takes the entries of virtual_ipaddress.
func (d *decoder) vips(i *instanceDraft, list []*Node) {
	i.vipsTried = i.vipsTried || len(list) > 0
	seen := map[netip.Addr]bool{}
	for _, a := range i.vips {
		seen[a.Prefix.Addr()] = true
	}
	for _, l := range list {
		a, ok := d.vip(l, virtualAddress)
		if !ok || !d.sameFamily(i, a.Prefix.Addr(), l.Pos, "virtual address") {
			continue
		}
		if seen[a.Prefix.Addr()] {
			d.c.add(codeDuplicate, l.Pos, "(%s) virtual address %s is listed twice; ignored", i.name, a.Prefix.Addr())
			continue
		}
		seen[a.Prefix.Addr()] = true
		i.vips = append(i.vips, a)
	}
}

// excludedVIPs takes the entries of virtual_ipaddress_excluded, which may be of
// both families.
func (d *decoder) excludedVIPs(i *instanceDraft, list []*Node) {
	for _, l := range list {
		if a, ok := d.vip(l, virtualAddress); ok {
			i.evip = append(i.evip, a)
		}
	}
}

// addressKind tells the lists that addresses stand in.
type addressKind uint8

const (
	virtualAddress addressKind = iota
	staticAddress
)

// vip reads one entry: ADDR[/LEN] and options in any order.
func (d *decoder) vip(l *Node, kind addressKind) (Address, bool) {
	addr, ok := d.address(Arg{Text: l.Key, Pos: l.Pos}, "address")
	if !ok {
		return Address{}, false
	}
	a := Address{Prefix: netip.PrefixFrom(addr, d.prefixLen(l, addr)), Pos: l.Pos}
	for k := 0; k < len(l.Args); k++ {
		word := l.Args[k]
		opt, known := vipOptions[word.Text]
		if !known || !opt.in(kind) {
			k += d.unknownVIPOption(l, word)
			continue
		}
		var arg Arg
		if opt.arg {
			if arg, ok = l.arg(k + 1); !ok {
				d.c.add(codeValue, word.Pos, "%s: %s needs an argument; the address is ignored", l.Key, word.Text)
				return Address{}, false
			}
			k++
		}
		if !opt.set(d, &a, arg) {
			return Address{}, false
		}
	}
	d.finishVIP(l, &a)
	return a, true
}

// finishVIP settles what depends on several options of an entry.
func (d *decoder) finishVIP(l *Node, a *Address) {
	if !a.Peer.IsValid() {
		return
	}
	if a.Prefix.Bits() != a.Prefix.Addr().BitLen() {
		d.c.add(codeConflict, l.Pos, "%s: with a peer the address has no prefix length of its own; it is ignored", l.Key)
		a.Prefix = netip.PrefixFrom(a.Prefix.Addr(), a.Prefix.Addr().BitLen())
	}
	if a.Broadcast.IsValid() {
		d.c.add(codeConflict, l.Pos, "%s: broadcast and peer exclude each other; broadcast is ignored", l.Key)
		a.Broadcast = netip.Addr{}
	}
}

// unknownVIPOption reports a word of an entry, and says how many words behind it
// belong to it.
func (d *decoder) unknownVIPOption(l *Node, word Arg) int {
	hint, skip := "write one address on each line", 0
	if best, ok := Nearest(word.Text, slices.Sorted(maps.Keys(vipOptions))); ok {
		hint = "did you mean " + best + "?"
		if vipOptions[best].arg {
			skip = 1
		}
	}
	d.c.addHint(codeExtraArg, word.Pos, hint, "%s: unknown option %q; ignored", l.Key, word.Text)
	return skip
}

// prefixLen gives the length behind the address of an entry, or that of a host.
func (d *decoder) prefixLen(l *Node, addr netip.Addr) int {
	_, text, _ := strings.Cut(l.Key, "/")
	if text == "" {
		return addr.BitLen()
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > addr.BitLen() {
		d.c.add(codeNumber, l.Pos, "address %s: prefix length %q is not between 0 and %d; %d is used", addr, text, addr.BitLen(), addr.BitLen())
		return addr.BitLen()
	}
	return n
}

// vipOption is an option of an address entry; set says whether the entry can be
// used.
type vipOption struct {
	arg  bool // an argument follows
	only opt[addressKind]
	set  func(d *decoder, a *Address, arg Arg) bool
}

func (o vipOption) in(k addressKind) bool { return !o.only.ok || o.only.val == k }

var vipOptions = map[string]vipOption{
	"dev":           {arg: true, set: vipDev},
	"label":         {arg: true, set: vipLabel},
	"scope":         {arg: true, set: vipScope},
	"brd":           {arg: true, set: vipBroadcast},
	"broadcast":     {arg: true, set: vipBroadcast},
	"peer":          {arg: true, set: vipPeer},
	"preferred_lft": {arg: true, set: vipLifetime},
	"track_group":   {arg: true, only: some(staticAddress), set: vipGroup},
	"home":          vipFlag(func(a *Address) *bool { return &a.Home }),
	"-nodad":        vipFlag(func(a *Address) *bool { return &a.DAD }),
	"mngtmpaddr":    vipFlag(func(a *Address) *bool { return &a.MngTmpAddr }),
	"noprefixroute": vipFlag(func(a *Address) *bool { return &a.NoPrefixRoute }),
	"autojoin":      vipFlag(func(a *Address) *bool { return &a.AutoJoin }),
	"no_track":      vipFlag(func(a *Address) *bool { return &a.NoTrack }),
	"use_vmac":      onlyIn(virtualAddress, vipFlag(func(a *Address) *bool { return &a.UseVMAC })),
}

// vipFlag is an option without an argument.
func vipFlag(at func(*Address) *bool) vipOption {
	return vipOption{set: func(_ *decoder, a *Address, _ Arg) bool {
		*at(a) = true
		return true
	}}
}

func onlyIn(k addressKind, o vipOption) vipOption {
	o.only = some(k)
	return o
}

// maxIfName is the longest name of an interface or label.
const maxIfName = 15

func vipDev(d *decoder, a *Address, arg Arg) bool {
	if a.Dev != "" {
		d.c.add(codeDuplicate, arg.Pos, "%s: dev is given twice; the address is ignored", a.Prefix)
		return false
	}
	a.Dev = arg.Text
	return true
}

func vipLabel(d *decoder, a *Address, arg Arg) bool {
	if a.Prefix.Addr().Is6() {
		d.c.add(codeFamily, arg.Pos, "%s: IPv6 addresses have no label; ignored", a.Prefix)
		return true
	}
	if len(arg.Text) > maxIfName {
		d.c.add(codeValue, arg.Pos, "%s: label %q is longer than %d characters; the address is ignored", a.Prefix, arg.Text, maxIfName)
		return false
	}
	a.Label = arg.Text
	return true
}

// scopes are the names of rtnetlink scopes.
var scopes = map[string]int{"global": 0, "site": 200, "link": 253, "host": 254, "nowhere": 255}

func vipScope(d *decoder, a *Address, arg Arg) bool {
	if a.Prefix.Addr().Is6() {
		d.c.add(codeFamily, arg.Pos, "%s: IPv6 addresses have no scope of their own; ignored", a.Prefix)
		return true
	}
	n, ok := scopes[arg.Text]
	if !ok {
		var err error
		n, err = strconv.Atoi(arg.Text)
		ok = err == nil && n >= 0 && n <= 255
	}
	if !ok {
		d.c.add(codeValue, arg.Pos, "%s: unknown scope %q; ignored", a.Prefix, arg.Text)
		return true
	}
	a.Scope = n
	return true
}

// vipBroadcast takes an address, or + and - for the host bits all set or clear.
func vipBroadcast(d *decoder, a *Address, arg Arg) bool {
	if !a.Prefix.Addr().Is4() {
		d.c.add(codeFamily, arg.Pos, "%s: IPv6 has no broadcast; the address is ignored", a.Prefix)
		return false
	}
	if arg.Text != "+" && arg.Text != "-" {
		b, ok := d.address(arg, "broadcast")
		if ok {
			a.Broadcast = b
		}
		return true
	}
	if a.Prefix.Bits() > 30 {
		d.c.add(codeValue, arg.Pos, "%s: brd %s needs a prefix length of at most 30; ignored", a.Prefix, arg.Text)
		return true
	}
	b := a.Prefix.Masked().Addr().As4()
	if arg.Text == "+" {
		for bit := a.Prefix.Bits(); bit < 32; bit++ {
			b[bit/8] |= 0x80 >> (bit % 8)
		}
	}
	a.Broadcast = netip.AddrFrom4(b)
	return true
}

// vipPeer takes the address at the other end of the link.
func vipPeer(d *decoder, a *Address, arg Arg) bool {
	peer, err := netip.ParseAddr(arg.Text)
	switch {
	case err != nil || peer.Zone() != "":
		d.c.add(codeAddress, arg.Pos, "%s: peer %q is not an IP address without a prefix length; the address is ignored", a.Prefix, arg.Text)
		return false
	case peer.Is4() != a.Prefix.Addr().Is4():
		d.c.add(codeFamily, arg.Pos, "%s: peer %s is of another address family; the address is ignored", a.Prefix, peer)
		return false
	}
	a.Peer = peer
	return true
}

// vipLifetime takes seconds or forever.
func vipLifetime(d *decoder, a *Address, arg Arg) bool {
	var seconds uint32 = Forever
	if arg.Text != "forever" {
		v, ok := d.u32(arg, "preferred_lft", 0)
		if !ok {
			return true
		}
		seconds = v
	}
	a.PreferredLft = &seconds
	return true
}

func vipGroup(d *decoder, a *Address, arg Arg) bool {
	name, ok := d.trackGroup(arg)
	a.TrackGroup = name
	return ok
}
