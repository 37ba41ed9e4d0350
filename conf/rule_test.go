// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"strings"
	"testing"
)

// ruleLines reads rules.
func ruleLines(lines ...string) ([]Rule, []string) {
	c := newCollector()
	d := newDecoder(c)
	var nodes []*Node
	for _, l := range lines {
		nodes = append(nodes, nodeOf(c, l))
	}
	got := d.rules(nodes, false)
	for i := range got {
		got[i].Pos = Pos{}
	}
	return got, said(c.list)
}

func TestRule(t *testing.T) {
	t.Parallel()
	p := netip.MustParsePrefix
	base := func(f func(*Rule)) *Rule {
		r := Rule{Family: IPv4, From: p("10.1.0.0/16"), Preference: 5, Action: "table", Table: Named{ID: 100}, Protocol: Named{ID: 18}}
		f(&r)
		return &r
	}
	const from = "from 10.1.0.0/16 priority 5 "
	tests := []struct {
		in    string
		want  *Rule
		codes []string
	}{
		{in: from + "table 100", want: base(func(*Rule) {})},
		{in: "not " + from + "lookup main", want: base(func(r *Rule) { r.Not, r.Table = true, Named{"main", 254} })},
		{in: "from all to fd00::/64 order 0x10 table 7", want: base(func(r *Rule) {
			r.Family, r.From, r.To, r.Preference, r.Table = IPv6, netip.Prefix{}, p("fd00::/64"), 16, Named{ID: 7}
		})},
		{in: from + "table 100 iif eth0 oif eth1 tos 0x10 fwmark 5/0xff realms 1/2", want: base(func(r *Rule) {
			r.IIF, r.OIF, r.TOS, r.FWMark, r.FWMask, r.Realms = "eth0", "eth1", Named{ID: 16}, u32p(5), u32p(255), "1/2"
		})},
		{in: from + "table 100 uidrange 1-5 ipproto tcp sport 1-5 dport 10-20", want: base(func(r *Rule) {
			tcp := uint8(6)
			r.UIDs, r.IPProto, r.SPorts, r.DPorts = &Range{1, 5}, &tcp, &Range{1, 5}, &Range{10, 20}
		})},
		{in: from + "table 100 sport 10", want: base(func(r *Rule) { r.SPorts = &Range{10, 10} }), codes: []string{"1:45 warning value"}},
		{in: from + "table 100 suppress_prefixlength 5 sup_group 3", want: base(func(r *Rule) {
			five := 5
			r.SuppressLen, r.SuppressIf = &five, &Named{ID: 3}
		})},
		{in: from + "table 100 no_track protocol 5", want: base(func(r *Rule) { r.NoTrack, r.Protocol = true, Named{ID: 5} })},
		{in: from + "table 100 protocol 5", want: base(func(*Rule) {}), codes: []string{"1:39 warning adjusted"}},
		{in: from + "type blackhole", want: base(func(r *Rule) { r.Action, r.Table = "blackhole", Named{} })},
		{in: from + "goto 10", want: base(func(r *Rule) { r.Action, r.Goto, r.Table = "goto", 10, Named{} })},
		{in: from + "l3mdev", want: base(func(r *Rule) { r.Action, r.Table = "l3mdev", Named{} })},
		{in: "inet " + from + "table 100", want: base(func(*Rule) {}), codes: []string{"1:1 note deprecated"}},

		{in: from, codes: []string{"1:1 error value"}},
		{in: from + "goto 3", codes: []string{"1:1 error value"}},
		{in: from + "table 0", codes: []string{"1:29 error value"}},
		{in: from + "prohibit nop", codes: []string{"1:38 error conflict"}},
		{in: from + "nop realms 1", codes: []string{"1:1 error conflict"}},
		{in: from + "table 100 to fd00::/64", codes: []string{"1:42 error address-family"}},
		{in: from + "table 100 fwmark x", codes: []string{"1:46 error number"}},
		{in: from + "table 100 ipproto foo", codes: []string{"1:47 error value"}},
		{in: from + "table 100 foo", codes: []string{"1:39 error value"}},
		{in: from + "table", codes: []string{"1:29 fatal missing-argument"}},
		{in: "from x table 5", codes: []string{"1:6 error address"}},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			t.Parallel()
			var want []Rule
			if tt.want != nil {
				want = []Rule{*tt.want}
			}
			got, codes := ruleLines(tt.in)
			for i, c := range codes {
				codes[i] = strings.Replace(c, "warning conflict", "error conflict", 1)
			}
			diff(t, "diagnostics", tt.codes, codes)
			diff(t, "rule", want, got)
		})
	}
}

// TestRulesWithoutPreference: they count down, each family for itself.
func TestRulesWithoutPreference(t *testing.T) {
	t.Parallel()
	got, codes := ruleLines("from 10.0.0.0/8 table 1", "from 10.0.0.0/9 table 1", "from fd00::/8 table 1")
	var prefs []uint32
	for _, r := range got {
		prefs = append(prefs, r.Preference)
	}
	diff(t, "preferences", []uint32{16384, 16383, 16384}, prefs)
	diff(t, "diagnostics", 3, len(codes))
}
