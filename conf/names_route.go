// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// The kinds of names in iproute2's tables.
const (
	nameTable    = "table"
	nameProtocol = "protocol"
	nameScope    = "scope"
	nameTOS      = "dsfield"
	nameRealm    = "realm"
	nameGroup    = "group"
)

// builtinNames are those that iproute2 and the kernel know without a file.
var builtinNames = map[string]map[string]int64{
	nameTable: {"unspec": 0, "default": 253, "main": 254, "local": 255},
	nameProtocol: {
		"unspec": 0, "redirect": 1, "kernel": 2, "boot": 3, "static": 4, "gated": 8, "ra": 9, "mrt": 10, "zebra": 11,
		"bird": 12, "dnrouted": 13, "xorp": 14, "ntk": 15, "dhcp": 16, "mrouted": 17, "keepalived": 18, "babel": 42,
		"openr": 99, "bgp": 186, "isis": 187, "ospf": 188, "rip": 189, "eigrp": 192,
	},
	nameScope: {"global": 0, "universe": 0, "site": 200, "link": 253, "host": 254, "nowhere": 255},
	nameTOS:   {"default": 0, "AF11": 0x28, "AF12": 0x30, "AF13": 0x38, "AF21": 0x48, "AF22": 0x50, "AF23": 0x58, "AF31": 0x68, "AF32": 0x70, "AF33": 0x78, "AF41": 0x88, "AF42": 0x90, "AF43": 0x98, "CS1": 0x20, "CS2": 0x40, "CS3": 0x60, "CS4": 0x80, "CS5": 0xa0, "CS6": 0xc0, "CS7": 0xe0, "EF": 0xb8},
	nameRealm: {"cosmos": 0},
	nameGroup: {"default": 0},
}

// unknownID is the number of a name that only the host can resolve.
const unknownID = -1

// nameOf reads a number or a name; the numbers may be written as in C.
func nameOf(kind, text string, limit int64) (Named, bool) {
	if n, err := strconv.ParseInt(text, 0, 64); err == nil {
		return Named{ID: n}, n >= 0 && n <= limit
	}
	if n, ok := builtinNames[kind][text]; ok {
		return Named{Name: text, ID: n}, true
	}
	return Named{Name: text, ID: unknownID}, isName(text)
}

// isName says whether text could be a name of a table.
func isName(text string) bool {
	return text != "" && (text[0] < '0' || text[0] > '9') && text[0] != '-' && !strings.ContainsAny(text, "./:")
}

// lineReader reads the words of a route or rule one after another.
type lineReader struct {
	d     *decoder
	what  string // "route" or "rule", for messages
	words []Arg
	i     int
	bad   bool // the line cannot be used; why was said
	// family is 4 or 6 as soon as it is known.
	family     Family
	static     bool
	trackGroup string
}

// noteFamily notes a leading family, behind which keepalived loses a word. Where
// that word is one of harmless it means the same.
func (r *lineReader) noteFamily(harmless ...string) {
	first := r.words[0].Text
	if first != "inet" && first != "inet6" || len(r.words) > 1 && slices.Contains(harmless, r.words[1].Text) {
		return
	}
	r.d.c.add(codePlainOld, r.words[0].Pos, "%s: keepalived loses the word behind a leading %s, and the line with it; here it is read as it stands", r.what, first)
}

// next gives the next word.
func (r *lineReader) next() (Arg, bool) {
	if r.i >= len(r.words) {
		return Arg{}, false
	}
	r.i++
	return r.words[r.i-1], true
}

// arg gives the word behind an option. keepalived stops where it is missing.
func (r *lineReader) arg(option Arg) (Arg, bool) {
	a, ok := r.next()
	if !ok {
		r.d.c.add(codeMissingArg, option.Pos, "%s: %s is missing its argument (word %d)", r.what, option.Text, r.i+1)
		r.bad = true
	}
	return a, ok
}

// fail reports what makes the line useless.
func (r *lineReader) fail(k code, pos Pos, format string, args ...any) {
	if !r.bad {
		r.d.c.add(k, pos, r.what+": "+format+"; the line is ignored", args...)
	}
	r.bad = true
}

// setFamily notes the family of an address; one line has one family.
func (r *lineReader) setFamily(family Family, pos Pos) bool {
	if r.family == 0 {
		r.family = family
	}
	if r.family != family {
		r.fail(codeFamily, pos, "IPv4 and IPv6 cannot be mixed")
	}
	return r.family == family
}

// address reads the address behind an option; a family may stand before it.
func (r *lineReader) address(option Arg) netip.Addr {
	a, ok := r.arg(option)
	if ok && (a.Text == "inet" || a.Text == "inet6") {
		a, ok = r.arg(option)
	}
	if !ok {
		return netip.Addr{}
	}
	addr, err := netip.ParseAddr(a.Text)
	if err != nil || addr.Zone() != "" {
		r.fail(codeAddress, a.Pos, "%s %q is not an IP address", option.Text, a.Text)
		return netip.Addr{}
	}
	r.setFamily(familyOf(addr), a.Pos)
	return addr
}

// prefix reads ADDRESS[/LEN]; a bad length is that of a host.
func (r *lineReader) prefix(a Arg, option string) netip.Prefix {
	host, length, _ := strings.Cut(a.Text, "/")
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.Zone() != "" {
		r.fail(codeAddress, a.Pos, "%s %q is not an IP address", option, a.Text)
		return netip.Prefix{}
	}
	r.setFamily(familyOf(addr), a.Pos)
	if length == "" {
		return netip.PrefixFrom(addr, addr.BitLen())
	}
	n, err := strconv.Atoi(length)
	if err != nil || n < 0 || n > addr.BitLen() {
		r.d.c.add(codeNumber, a.Pos, "%s: prefix length %q is not between 0 and %d; %d is used", r.what, length, addr.BitLen(), addr.BitLen())
		n = addr.BitLen()
	}
	return netip.PrefixFrom(addr, n)
}

// number reads a decimal number behind an option.
func (r *lineReader) number(option Arg, lo, hi float64) (int, bool) {
	a, ok := r.arg(option)
	if !ok {
		return 0, false
	}
	v, ok := r.d.integer(a, r.what+" "+option.Text, lo, hi)
	if !ok {
		r.bad = true // said just now
		return 0, false
	}
	return v.(int), true
}

// name reads a number or a name behind an option.
func (r *lineReader) name(option Arg, kind string, limit int64) Named {
	a, ok := r.arg(option)
	if !ok {
		return Named{}
	}
	n, ok := nameOf(kind, a.Text, limit)
	if !ok {
		r.fail(codeValue, a.Pos, "%s %q is neither a number in range nor a name", option.Text, a.Text)
	}
	return n
}

// realms reads A or A/B.
func (r *lineReader) realms(option Arg) string {
	a, ok := r.arg(option)
	if !ok {
		return ""
	}
	for _, part := range strings.SplitN(a.Text, "/", 2) {
		if n, ok := nameOf(nameRealm, part, 0xffff); !ok || n.ID == unknownID {
			r.fail(codeValue, a.Pos, "realms %q are not numbers", a.Text)
			return ""
		}
	}
	return a.Text
}

// group reads the track_group of a static line.
func (r *lineReader) group(option Arg) {
	if a, ok := r.arg(option); ok {
		if r.trackGroup, ok = r.d.trackGroup(a); !ok {
			r.bad = true
		}
	}
}
