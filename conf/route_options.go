// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// routeOptions gives the words of a route.
func routeOptions() map[string]routeOption {
	m := map[string]routeOption{
		"inet":  func(r *routeReader, a Arg) { r.setFamily(4, a.Pos) },
		"inet6": func(r *routeReader, a Arg) { r.setFamily(6, a.Pos) },
		"to":    routeTo, "via": routeVia, "gw": routeGw, "or": routeOr,
		"src":  func(r *routeReader, a Arg) { r.r.Src = r.address(a) },
		"from": routeFrom,
		"as":   func(r *routeReader, a Arg) { r.fail(codeValue, a.Pos, "as is for MPLS only") },
		"dev":  routeDev, "oif": routeDev,
		"table":    func(r *routeReader, a Arg) { r.r.Table = r.name(a, nameTable, math.MaxUint32) },
		"protocol": routeProto,
		"scope": func(r *routeReader, a Arg) {
			n := r.name(a, nameScope, 255)
			r.r.Scope = &n
		},
		"onlink": func(r *routeReader, _ Arg) { r.r.OnLink = true },
		"pref":   routePref, "realms": func(r *routeReader, a Arg) { r.r.Realms = r.realms(a) },
		"vrf": func(r *routeReader, a Arg) {
			v, _ := r.arg(a)
			r.r.VRF = v.Text
		},
		"expires":            numberOption(func(r *Route) **uint32 { return &r.Expires }),
		"features":           routeFeatures,
		"quickack":           switchOption("0", "1", func(r *Route) **bool { return &r.QuickACK }),
		"fastopen_no_cookie": switchOption("0", "1", func(r *Route) **bool { return &r.FastOpen }),
		"ttl-propagate":      switchOption("disabled", "enabled", func(r *Route) **bool { return &r.TTLProp }),
		"congctl":            routeCongCtl,
		"encap":              func(r *routeReader, a Arg) { r.r.Encap = r.encap(a) },
		"no_track":           func(r *routeReader, _ Arg) { r.r.NoTrack = true },
		"nexthop":            routeNextHop,
		"hoplimit":           metricOption(255, false),
	}
	for _, w := range []string{"metric", "priority", "preference"} {
		m[w] = numberOption(func(r *Route) **uint32 { return &r.Metric })
	}
	for _, w := range []string{"tos", "dsfield"} {
		m[w] = func(r *routeReader, a Arg) { r.r.TOS = r.name(a, nameTOS, 255) }
	}
	for _, w := range []string{"mtu", "advmss", "reordering", "cwnd", "ssthresh"} {
		m[w] = metricOption(math.MaxUint32, true)
	}
	for _, w := range []string{"window", "initcwnd", "initrwnd"} {
		m[w] = metricOption(math.MaxUint32, false)
	}
	for w, scale := range map[string]float64{"rtt": 8, "rttvar": 4, "rto_min": 1} {
		m[w] = func(r *routeReader, a Arg) { r.time(a, scale) }
	}
	for _, w := range []string{"add", "prepend", "append"} {
		m[w] = func(r *routeReader, a Arg) { r.r.Create = a.Text }
	}
	m["track_group"] = func(r *routeReader, a Arg) {
		if !r.static {
			r.fail(codeValue, a.Pos, "track_group is for static routes only")
			return
		}
		r.group(a)
	}
	return m
}

func routeTo(r *routeReader, a Arg) {
	v, ok := r.arg(a)
	switch {
	case !ok:
	case slices.Contains(routeTypes, v.Text):
		r.r.Type = v.Text
		routeTo(r, a)
	default:
		r.destination(v)
	}
}

func routeVia(r *routeReader, a Arg) { r.r.Via = r.address(a) }

func routeGw(r *routeReader, a Arg) {
	r.d.c.addHint(codeDeprecated, a.Pos, "write via", "route: gw is deprecated")
	routeVia(r, a)
}

func routeOr(r *routeReader, a Arg) {
	r.d.c.addHint(codeDeprecated, a.Pos, "write nexthop via ADDRESS for each gateway", "route: or is deprecated")
	r.or = r.address(a)
}

func routeFrom(r *routeReader, a Arg) {
	if v, ok := r.arg(a); ok {
		r.r.From = r.prefix(v, "from")
	}
}

func routeDev(r *routeReader, a Arg) {
	v, _ := r.arg(a)
	r.r.Dev = v.Text
}

func routeProto(r *routeReader, a Arg) {
	r.r.Protocol, r.protPos = r.name(a, nameProtocol, 255), a.Pos
}

func routePref(r *routeReader, a Arg) {
	v, ok := r.arg(a)
	if !ok {
		return
	}
	if !slices.Contains([]string{"low", "medium", "high"}, v.Text) {
		if _, ok := r.d.integer(v, "route pref", 0, 255); !ok {
			r.bad = true
			return
		}
	}
	r.r.Pref = v.Text
}

func routeFeatures(r *routeReader, a Arg) {
	if v, ok := r.arg(a); ok {
		if v.Text != "ecn" {
			r.fail(codeValue, v.Pos, "unknown feature %q, not ecn", v.Text)
		}
		r.r.ECN = true
	}
}

func routeCongCtl(r *routeReader, a Arg) {
	r.r.CongLock = r.locked()
	v, _ := r.arg(a)
	r.r.CongCtl = v.Text
}

// minRTT is the least rtt and rto_min, in milliseconds.
const minRTT = 200

// time reads a time of TCP: a number as the kernel keeps it, or with a unit.
func (r *routeReader) time(option Arg, perMilli float64) {
	lock := r.locked()
	a, ok := r.arg(option)
	if !ok {
		return
	}
	text, scale := strings.ToLower(a.Text), 1.0
	for _, u := range []struct {
		suffix string
		scale  float64
	}{{"msecs", 1}, {"msec", 1}, {"ms", 1}, {"secs", 1000}, {"sec", 1000}, {"s", 1000}} {
		if cut, ok := strings.CutSuffix(text, u.suffix); ok {
			text, scale = cut, u.scale*perMilli
			break
		}
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || v < 0 || v*scale > math.MaxUint32 {
		r.fail(codeNumber, a.Pos, "%s %q is not a number with an optional unit (s, ms)", option.Text, a.Text)
		return
	}
	raw := v * scale
	if raw < minRTT*perMilli {
		r.d.c.add(codeAdjusted, a.Pos, "route: %s %s is less than %d ms, which is used", option.Text, a.Text, minRTT)
		raw = minRTT * perMilli
	}
	r.r.Metrics = append(r.r.Metrics, RouteMetric{Name: option.Text, Value: uint32(raw), Lock: lock})
}

// routeNextHop reads the words of one nexthop; they are the last of a route.
func routeNextHop(r *routeReader, nexthop Arg) {
	h := NextHop{Weight: 1}
	for !r.bad {
		a, ok := r.next()
		if !ok {
			break
		}
		switch a.Text {
		case "nexthop":
			r.i--
			r.r.NextHops = append(r.r.NextHops, h)
			return
		case "via":
			h.Via = r.address(a)
		case "dev", "oif":
			v, _ := r.arg(a)
			h.Dev = v.Text
		case "weight":
			if v, ok := r.number(a, 1, 256); ok {
				h.Weight = v
			}
		case "onlink":
			h.OnLink = true
		case "realms":
			h.Realms = r.realms(a)
		case "encap":
			h.Encap = r.encap(a)
		default:
			r.fail(codeValue, a.Pos, "%q cannot stand behind nexthop, which is the last of a route", a.Text)
		}
	}
	if !r.bad && h.Via == (NextHop{}).Via && h.Dev == "" {
		r.fail(codeValue, nexthop.Pos, "nexthop needs via or dev")
		return
	}
	r.r.NextHops = append(r.r.NextHops, h)
}
