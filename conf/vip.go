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
		a, ok := d.vip(l)
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
		a, ok := d.vip(l)
		if ok && a.Prefix.Addr().Is6() && i.family != 6 {
			d.c.add(codeNotSupported, l.Pos, "(%s) excluded IPv6 addresses are not supported yet; ignored", i.name)
			ok = false
		}
		if ok {
			i.evip = append(i.evip, a)
		}
	}
}

// vip reads one entry: ADDR[/LEN] and options in any order.
func (d *decoder) vip(l *Node) (Address, bool) {
	addr, ok := d.address(Arg{Text: l.Key, Pos: l.Pos}, "virtual address")
	if !ok {
		return Address{}, false
	}
	a := Address{Prefix: netip.PrefixFrom(addr, d.prefixLen(l, addr)), Pos: l.Pos}
	for k := 0; k < len(l.Args); k++ {
		word := l.Args[k]
		opt, known := vipOptions[word.Text]
		if !known {
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
		if opt.set == nil {
			d.c.add(codeNotSupported, word.Pos, "%s: option %s is not supported yet; ignored", l.Key, word.Text)
			continue
		}
		if !opt.set(d, &a, arg) {
			return Address{}, false
		}
	}
	return a, true
}

// unknownVIPOption reports a word of an entry, and says how many words behind it
// belong to it.
func (d *decoder) unknownVIPOption(l *Node, word Arg) int {
	hint, skip := "write one address on each line", 0
	if best, ok := nearest(word.Text, slices.Sorted(maps.Keys(vipOptions))); ok {
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
	_, text, ok := strings.Cut(l.Key, "/")
	if !ok {
		return addr.BitLen()
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > addr.BitLen() {
		d.c.add(codeNumber, l.Pos, "virtual address %s: prefix length %q is not between 0 and %d; %d is used", addr, text, addr.BitLen(), addr.BitLen())
		return addr.BitLen()
	}
	return n
}

// vipOption is an option of an address entry; set says whether the entry can be
// used, and is missing where the option is not supported yet.
type vipOption struct {
	arg bool
	set func(d *decoder, a *Address, arg Arg) bool
}

var vipOptions = map[string]vipOption{
	"dev":           {arg: true, set: vipDev},
	"label":         {arg: true, set: vipLabel},
	"scope":         {arg: true, set: vipScope},
	"brd":           {arg: true, set: vipBroadcast},
	"broadcast":     {arg: true, set: vipBroadcast},
	"peer":          {arg: true},
	"preferred_lft": {arg: true},
	"track_group":   {arg: true},
	"home":          {},
	"-nodad":        {},
	"mngtmpaddr":    {},
	"noprefixroute": {},
	"autojoin":      {},
	"no_track":      {},
	"use_vmac":      {},
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
