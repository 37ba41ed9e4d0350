// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// ruleRequest appends a fib_rule_hdr. A deletion is the same: what it does not name it does
// not compare.
func (e *encoder) ruleRequest(op Op, seq uint32) {
	r := op.Rule
	typ, flags := uint16(unix.RTM_DELRULE), uint16(flagsAny)
	if op.Add {
		typ, flags = unix.RTM_NEWRULE, flagsAdd|unix.NLM_F_EXCL
	}
	at := e.begin(typ, flags, seq)
	e.ruleHeader(r)
	e.u32(unix.FRA_PRIORITY, r.Priority)
	e.u8(unix.FRA_PROTOCOL, r.Protocol)
	e.ruleAction(r)
	e.selectors(r)
	e.ports(r)
	e.suppressors(r)
	e.end(at)
}

func (e *encoder) ruleHeader(r *Rule) {
	table := uint8(unix.RT_TABLE_UNSPEC)
	if r.Table <= 0xff {
		table = uint8(r.Table)
	}
	var flags uint32
	if r.Not {
		flags = unix.FIB_RULE_INVERT
	}
	e.fixed(family(r.Family == 4), uint8(max(r.To.Bits(), 0)), uint8(max(r.From.Bits(), 0)), r.TOS, table, 0, 0, r.Action)
	e.fixed32(flags)
}

func (e *encoder) ruleAction(r *Rule) {
	switch {
	case r.L3MDev:
		e.u8(unix.FRA_L3MDEV, 1)
	case r.Action == unix.FR_ACT_TO_TBL:
		e.u32(unix.FRA_TABLE, r.Table)
	case r.Action == unix.FR_ACT_GOTO:
		e.u32(unix.FRA_GOTO, r.Goto)
	}
	if r.Realms != 0 {
		e.u32(unix.FRA_FLOW, r.Realms)
	}
}

// selectors appends which packets the rule is for.
func (e *encoder) selectors(r *Rule) {
	if r.From.Bits() > 0 {
		e.addr(unix.FRA_SRC, r.From.Masked().Addr())
	}
	if r.To.Bits() > 0 {
		e.addr(unix.FRA_DST, r.To.Masked().Addr())
	}
	if r.IIF != "" {
		e.text(unix.FRA_IIFNAME, r.IIF)
	}
	if r.OIF != "" {
		e.text(unix.FRA_OIFNAME, r.OIF)
	}
	if r.Mark != nil {
		e.u32(unix.FRA_FWMARK, *r.Mark)
	}
	if r.Mask != nil {
		e.u32(unix.FRA_FWMASK, *r.Mask)
	}
	if r.TunnelID != nil {
		e.be64(unix.FRA_TUN_ID, *r.TunnelID)
	}
}

func (e *encoder) ports(r *Rule) {
	if r.UIDs != nil {
		b := binary.NativeEndian.AppendUint32(nil, r.UIDs.From)
		e.attr(unix.FRA_UID_RANGE, binary.NativeEndian.AppendUint32(b, r.UIDs.To))
	}
	if r.IPProto != nil {
		e.u8(unix.FRA_IP_PROTO, *r.IPProto)
	}
	e.portRange(unix.FRA_SPORT_RANGE, r.SPorts)
	e.portRange(unix.FRA_DPORT_RANGE, r.DPorts)
}

func (e *encoder) portRange(typ uint16, r *Range) {
	if r == nil {
		return
	}
	b := binary.NativeEndian.AppendUint16(nil, uint16(r.From))
	e.attr(typ, binary.NativeEndian.AppendUint16(b, uint16(r.To)))
}

func (e *encoder) suppressors(r *Rule) {
	if r.SuppressLen != nil {
		e.u32(unix.FRA_SUPPRESS_PREFIXLEN, *r.SuppressLen)
	}
	if r.SuppressGroup != nil {
		e.u32(unix.FRA_SUPPRESS_IFGROUP, *r.SuppressGroup)
	}
}
