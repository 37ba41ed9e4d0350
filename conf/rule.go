// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"maps"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// firstPreference is that of the first rule without one; the next ones count down.
const firstPreference = 16384

// rules takes the lines of static_rules or virtual_rules.
func (d *decoder) rules(list []*Node, static bool) []Rule {
	var out []Rule
	for _, l := range list {
		r := ruleReader{
			lineReader: lineReader{d: d, what: "rule", words: l.words(), static: static},
			r:          Rule{Pos: l.Pos, Protocol: Named{ID: routeProtocol}},
		}
		if rule, ok := r.read(); ok {
			out = append(out, rule)
		}
	}
	return out
}

// ruleReader reads one rule.
type ruleReader struct {
	lineReader
	r          Rule
	preference bool
	protPos    Pos
}

func (r *ruleReader) read() (Rule, bool) {
	r.noteFamily()
	for !r.bad {
		a, ok := r.next()
		if !ok {
			break
		}
		opt, known := ruleOptions[a.Text]
		if !known {
			r.d.c.addHint(codeValue, a.Pos, didYouMean(a.Text, slices.Sorted(maps.Keys(ruleOptions))), "rule: unknown word %q; the line is ignored", a.Text)
			return r.r, false
		}
		opt(r, a)
	}
	r.finish()
	return r.r, !r.bad
}

// finish settles what depends on several words.
func (r *ruleReader) finish() {
	switch {
	case r.bad:
		return
	case r.r.Action == "":
		r.fail(codeValue, r.r.Pos, "there must be an action: table, goto, nop, blackhole, unreachable, prohibit or l3mdev")
		return
	case r.r.Realms != "" && r.r.Action != "table":
		r.fail(codeConflict, r.r.Pos, "realms need the action table")
		return
	}
	if r.family == 0 {
		r.family = 4
	}
	r.r.Family, r.r.TrackGroup = r.family, r.trackGroup
	if !r.preference {
		r.madeUp()
	}
	if r.r.Action == "goto" && r.r.Preference >= r.r.Goto {
		r.fail(codeValue, r.r.Pos, "goto %d must lead behind the rule's own preference %d", r.r.Goto, r.r.Preference)
		return
	}
	if r.r.Protocol.ID != routeProtocol && !r.r.NoTrack {
		r.d.c.addHint(codeAdjusted, r.protPos, "write no_track to keep the protocol", "rule: what is tracked has protocol %d; it is used", routeProtocol)
		r.r.Protocol = Named{ID: routeProtocol}
	}
}

// madeUp gives a rule without a preference the next one downward of its family.
func (r *ruleReader) madeUp() {
	r.r.AutoPriority = true
	r.r.Preference = firstPreference - uint32(r.d.draft.madeUp[r.family])
	r.d.draft.madeUp[r.family]++
	r.d.c.addHint(codeDefault, r.r.Pos, "write preference N", "rule: there is no preference; %d is used, which is probably not meant", r.r.Preference)
}

// ruleOption reads what follows an option word.
type ruleOption func(r *ruleReader, a Arg)

// ruleOptions are the words of a rule.
var ruleOptions = map[string]ruleOption{
	"inet":  func(r *ruleReader, a Arg) { r.setFamily(4, a.Pos) },
	"inet6": func(r *ruleReader, a Arg) { r.setFamily(6, a.Pos) },
	"not":   func(r *ruleReader, _ Arg) { r.r.Not = true },
	"from":  rulePrefix(func(r *Rule) *netip.Prefix { return &r.From }),
	"to":    rulePrefix(func(r *Rule) *netip.Prefix { return &r.To }),
	"table": ruleTable, "lookup": ruleTable,
	"preference": rulePreference, "order": rulePreference, "priority": rulePreference,
	"tos": ruleTOS, "dsfield": ruleTOS,
	"fwmark":                ruleMark,
	"realms":                func(r *ruleReader, a Arg) { r.r.Realms = r.realms(a) },
	"suppress_prefixlength": ruleSuppress, "sup_pl": ruleSuppress,
	"suppress_ifgroup": ruleGroup, "sup_group": ruleGroup,
	"dev": ruleText(func(r *Rule) *string { return &r.IIF }), "iif": ruleText(func(r *Rule) *string { return &r.IIF }),
	"oif":       ruleText(func(r *Rule) *string { return &r.OIF }),
	"tunnel-id": ruleTunnel,
	"uidrange":  ruleRange(math.MaxUint32, func(r *Rule) **Range { return &r.UIDs }),
	"protocol":  ruleProto,
	"ipproto":   ruleIPProto,
	"sport":     ruleRange(math.MaxUint16, func(r *Rule) **Range { return &r.SPorts }),
	"dport":     ruleRange(math.MaxUint16, func(r *Rule) **Range { return &r.DPorts }),
	"no_track":  func(r *ruleReader, _ Arg) { r.r.NoTrack = true },
	"track_group": func(r *ruleReader, a Arg) {
		if !r.static {
			r.fail(codeValue, a.Pos, "track_group is for static rules only")
			return
		}
		r.group(a)
	},
	"type": func(*ruleReader, Arg) {}, // an optional word before the action
	"goto": func(r *ruleReader, a Arg) {
		r.action(a, "goto")
		if v, ok := r.number(a, 0, math.MaxUint32); ok {
			r.r.Goto = uint32(v)
		}
	},
	"l3mdev": ruleAction, "nop": ruleAction, "blackhole": ruleAction, "unreachable": ruleAction, "prohibit": ruleAction,
}

func ruleAction(r *ruleReader, a Arg) { r.action(a, a.Text) }

// action notes what the rule does; only one thing.
func (r *ruleReader) action(a Arg, name string) {
	if r.r.Action != "" {
		r.fail(codeConflict, a.Pos, "%s: there is the action %s already", a.Text, r.r.Action)
	}
	r.r.Action = name
}

func ruleTable(r *ruleReader, a Arg) {
	r.action(a, "table")
	if r.r.Table = r.name(a, nameTable, math.MaxUint32); !r.bad && r.r.Table.ID == 0 {
		r.fail(codeValue, a.Pos, "table 0 cannot be looked up")
	}
}

func rulePrefix(at func(*Rule) *netip.Prefix) ruleOption {
	return func(r *ruleReader, a Arg) {
		v, ok := r.arg(a)
		if ok && !slices.Contains([]string{"all", "any", "default"}, v.Text) {
			*at(&r.r) = r.prefix(v, a.Text)
		}
	}
}

func ruleText(at func(*Rule) *string) ruleOption {
	return func(r *ruleReader, a Arg) {
		v, _ := r.arg(a)
		*at(&r.r) = v.Text
	}
}

// cNumber reads a number as C writes them.
func (r *ruleReader) cNumber(text string, a Arg, option string, limit uint64) (uint64, bool) {
	v, err := strconv.ParseUint(text, 0, 64)
	if err != nil || v > limit {
		r.fail(codeNumber, a.Pos, "%s %q is not a number up to %d", option, a.Text, limit)
		return 0, false
	}
	return v, true
}

func rulePreference(r *ruleReader, a Arg) {
	if v, ok := r.arg(a); ok {
		n, _ := r.cNumber(v.Text, v, a.Text, math.MaxUint32)
		r.r.Preference, r.preference = uint32(n), true
	}
}

func ruleTOS(r *ruleReader, a Arg) { r.r.TOS = r.name(a, nameTOS, 255) }

func ruleMark(r *ruleReader, a Arg) {
	v, ok := r.arg(a)
	if !ok {
		return
	}
	value, maskText, masked := strings.Cut(v.Text, "/")
	if n, ok := r.cNumber(value, v, "fwmark", math.MaxUint32); ok {
		m := uint32(n)
		r.r.FWMark = &m
	}
	if !masked {
		return
	}
	if n, ok := r.cNumber(maskText, v, "fwmark", math.MaxUint32); ok {
		m := uint32(n)
		r.r.FWMask = &m
	}
}

func ruleSuppress(r *ruleReader, a Arg) {
	if v, ok := r.number(a, 0, 128); ok {
		r.r.SuppressLen = &v
	}
}

func ruleGroup(r *ruleReader, a Arg) {
	n := r.name(a, nameGroup, math.MaxUint32)
	r.r.SuppressIf = &n
}

func ruleTunnel(r *ruleReader, a Arg) {
	if v, ok := r.arg(a); ok {
		if n, ok := r.cNumber(v.Text, v, a.Text, math.MaxUint64); ok {
			r.r.TunnelID = &n
		}
	}
}

func ruleProto(r *ruleReader, a Arg) {
	r.r.Protocol, r.protPos = r.name(a, nameProtocol, 255), a.Pos
}
