// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/sys/unix"
)

// Rule is one rule of policy routing.
type Rule struct {
	Family   int    // 4 or 6
	Priority uint32 // lower ones are asked first
	Protocol uint8
	Action   uint8  // FR_ACT_TO_TBL and the like
	Table    uint32 `json:",omitempty"` // of FR_ACT_TO_TBL; 0 with L3MDev
	Goto     uint32 `json:",omitempty"` // of FR_ACT_GOTO: a priority
	L3MDev   bool   `json:",omitempty"` // the table of the VRF that the packet is in

	Not           bool         `json:",omitempty"`
	From          netip.Prefix `json:",omitzero"` // zero: any
	To            netip.Prefix `json:",omitzero"`
	IIF           string       `json:",omitempty"` // names, since a rule waits for its interface
	OIF           string       `json:",omitempty"`
	TOS           uint8        `json:",omitempty"`
	Mark          *uint32      `json:",omitempty"`
	Mask          *uint32      `json:",omitempty"` // nil: all of Mark
	Realms        uint32       `json:",omitempty"` // IPv4 only
	SuppressLen   *uint32      `json:",omitempty"` // not a route of at most that prefix length
	SuppressGroup *uint32      `json:",omitempty"` // not a route through a link of that group
	TunnelID      *uint64      `json:",omitempty"`
	UIDs          *Range       `json:",omitempty"`
	IPProto       *uint8       `json:",omitempty"`
	SPorts        *Range       `json:",omitempty"`
	DPorts        *Range       `json:",omitempty"`

	NoTrack bool `json:",omitempty"` // as of an Addr
}

// Range is two numbers, both included.
type Range struct{ From, To uint32 }

// ruleActions are the words of ip(8) for FR_ACT_ numbers.
var ruleActions = [...]string{
	unix.FR_ACT_NOP: "nop", unix.FR_ACT_BLACKHOLE: "blackhole", unix.FR_ACT_UNREACHABLE: "unreachable",
	unix.FR_ACT_PROHIBIT: "prohibit",
}

// String writes the rule as ip(8) takes it; names are numbers.
func (r Rule) String() string {
	var b strings.Builder
	w := words{&b}
	fmt.Fprintf(&b, "pref %d", r.Priority)
	w.put(r.Not, "not")
	w.put(true, "from %s", anyPrefix(r.From))
	w.put(r.To.IsValid(), "to %s", r.To)
	w.put(r.TOS != 0, "tos %#x", r.TOS)
	w.put(r.Mark != nil, "fwmark %s", figure(r.Mark))
	w.put(r.Mask != nil, "mask %s", figure(r.Mask))
	w.put(r.IIF != "", "iif %s", r.IIF)
	w.put(r.OIF != "", "oif %s", r.OIF)
	w.put(r.TunnelID != nil, "tun_id %s", figure(r.TunnelID))
	w.put(r.UIDs != nil, "uidrange %s", r.UIDs)
	w.put(r.IPProto != nil, "ipproto %s", figure(r.IPProto))
	w.put(r.SPorts != nil, "sport %s", r.SPorts)
	w.put(r.DPorts != nil, "dport %s", r.DPorts)
	w.put(r.SuppressLen != nil, "suppress_prefixlength %s", figure(r.SuppressLen))
	w.put(r.SuppressGroup != nil, "suppress_ifgroup %s", figure(r.SuppressGroup))
	w.put(r.Realms != 0, "realms %d/%d", r.Realms>>16, r.Realms&0xffff)
	w.put(true, "%s", r.Target())
	w.put(true, "proto %d", r.Protocol)
	return b.String()
}

// ID is what the kernel reports of the rule for certain.
func (r Rule) ID() RuleID { return RuleID{Family: r.Family, Priority: r.Priority} }

// Target is what happens with a packet that the rule matches, as ip(8) writes it.
func (r Rule) Target() string {
	switch {
	case r.L3MDev:
		return "l3mdev"
	case r.Action == unix.FR_ACT_TO_TBL:
		return fmt.Sprintf("lookup %d", r.Table)
	case r.Action == unix.FR_ACT_GOTO:
		return fmt.Sprintf("goto %d", r.Goto)
	}
	return wordOf(ruleActions[:], int(r.Action))
}

// String writes the two numbers with a dash between.
func (r *Range) String() string {
	if r == nil {
		return ""
	}
	return fmt.Sprintf("%d-%d", r.From, r.To)
}

func anyPrefix(p netip.Prefix) string {
	if !p.IsValid() {
		return "all"
	}
	return p.String()
}
