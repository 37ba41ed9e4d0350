// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"maps"
	"math"
	"net/netip"
	"slices"
	"strings"
)

// routeProtocol is the protocol number of what this program puts into the kernel.
const routeProtocol = 18

// routeTypes are the words for the type of a route.
var routeTypes = []string{"unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit", "throw", "nat"}

// routes takes the lines of static_routes or virtual_routes.
func (d *decoder) routes(list []*Node, static bool) []Route {
	var out []Route
	options := routeOptions()
	for _, l := range list {
		r := routeReader{
			options:    options,
			lineReader: lineReader{d: d, what: "route", words: l.words(), static: static},
			r:          Route{Pos: l.Pos, Protocol: Named{ID: routeProtocol}},
		}
		if route, ok := r.read(); ok {
			out = append(out, route)
		}
	}
	return out
}

// routeReader reads one route.
type routeReader struct {
	lineReader
	options map[string]routeOption
	r       Route
	dst     bool // a destination was there
	or      netip.Addr
	protPos Pos
}

func (r *routeReader) read() (Route, bool) {
	r.noteFamily(append(routeTypes, "to")...)
	for !r.bad {
		a, ok := r.next()
		if !ok {
			break
		}
		r.word(a)
	}
	r.finish()
	return r.r, !r.bad
}

// word reads one option with its arguments, or the destination.
func (r *routeReader) word(a Arg) {
	opt, known := r.options[a.Text]
	switch {
	case known:
		opt(r, a)
	case slices.Contains(routeTypes, a.Text) || r.typeNumber(a):
		r.r.Type = a.Text
	default:
		r.destination(a)
	}
}

// typeNumber says whether a word is the number of a type: those are small, and a
// destination follows.
func (r *routeReader) typeNumber(a Arg) bool {
	return !r.dst && r.i < len(r.words) && len(a.Text) <= 2 && isDigits(a.Text)
}

// destination takes the word that the route is for.
func (r *routeReader) destination(a Arg) {
	switch a.Text {
	case "default", "any", "all":
		r.dst = true
		return
	case "default6":
		r.d.c.addHint(codePlainOld, a.Pos, "write inet6 to default", "route: default6 is deprecated")
		r.dst = r.setFamily(6, a.Pos)
		return
	}
	if !strings.ContainsAny(a.Text, ".:") {
		known := slices.Sorted(maps.Keys(r.options))
		r.d.c.addHint(codeValue, a.Pos, didYouMean(a.Text, known), "route: unknown word %q; the line is ignored", a.Text)
		r.bad = true
		return
	}
	r.r.Dst, r.dst = r.prefix(a, "destination"), true
}

// finish settles what depends on several words.
func (r *routeReader) finish() {
	if !r.bad && !r.dst {
		r.fail(codeValue, r.r.Pos, "there must be a destination")
	}
	if r.bad {
		return
	}
	if r.family == 0 {
		r.family = 4
	}
	r.r.Family, r.r.TrackGroup = r.family, r.trackGroup
	if !r.r.Dst.IsValid() {
		zero := netip.IPv4Unspecified()
		if r.family == 6 {
			zero = netip.IPv6Unspecified()
		}
		r.r.Dst = netip.PrefixFrom(zero, 0)
	}
	if r.or.IsValid() {
		r.r.NextHops = append(r.r.NextHops, NextHop{Via: r.r.Via, Dev: r.r.Dev}, NextHop{Via: r.or, Dev: r.r.Dev})
		r.r.Via = netip.Addr{}
	}
	if r.r.Protocol.ID != routeProtocol && !r.r.NoTrack {
		r.d.c.addHint(codeAdjusted, r.protPos, "write no_track to keep the protocol", "route: what is tracked has protocol %d; it is used", routeProtocol)
		r.r.Protocol = Named{ID: routeProtocol}
	}
	r.families()
}

// families reports options of the other family, and drops the line.
func (r *routeReader) families() {
	if r.family == 4 {
		switch {
		case r.r.From.IsValid():
			r.fail(codeFamily, r.r.Pos, "from is for IPv6 only")
		case r.r.Expires != nil:
			r.fail(codeFamily, r.r.Pos, "expires is for IPv6 only")
		case r.r.Pref != "":
			r.fail(codeFamily, r.r.Pos, "pref is for IPv6 only")
		}
	}
}

// routeOption reads what follows an option word.
type routeOption func(r *routeReader, a Arg)

// metricOption reads [lock] NUMBER.
func metricOption(hi float64, mayLock bool) routeOption {
	return func(r *routeReader, a Arg) {
		lock := mayLock && r.locked()
		if v, ok := r.number(a, 0, hi); ok {
			r.r.Metrics = append(r.r.Metrics, RouteMetric{Name: a.Text, Value: uint32(v), Lock: lock})
		}
	}
}

// locked takes the word lock.
func (r *routeReader) locked() bool {
	if r.i < len(r.words) && r.words[r.i].Text == "lock" {
		r.i++
		return true
	}
	return false
}

// switchOption reads one of two words.
func switchOption(off, on string, at func(*Route) **bool) routeOption {
	return func(r *routeReader, a Arg) {
		v, ok := r.arg(a)
		if !ok {
			return
		}
		if v.Text != on && v.Text != off {
			r.fail(codeValue, v.Pos, "%s %q is neither %s nor %s", a.Text, v.Text, off, on)
			return
		}
		b := v.Text == on
		*at(&r.r) = &b
	}
}

// numberOption reads a number of 32 bits.
func numberOption(at func(*Route) **uint32) routeOption {
	return func(r *routeReader, a Arg) {
		if v, ok := r.number(a, 0, math.MaxUint32); ok {
			n := uint32(v)
			*at(&r.r) = &n
		}
	}
}
