// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"strconv"
	"strings"
)

// ipProtocols are the words for protocols that rules are written for.
var ipProtocols = map[string]uint8{
	"ip": 0, "icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "dccp": 33, "ipv6": 41, "gre": 47, "esp": 50, "ah": 51,
	"ipv6-icmp": 58, "ospf": 89, "vrrp": 112, "sctp": 132, "udplite": 136,
}

func ruleIPProto(r *ruleReader, a Arg) {
	v, ok := r.arg(a)
	if !ok {
		return
	}
	p, known := ipProtocols[v.Text]
	if !known {
		n, err := strconv.ParseUint(v.Text, 0, 8)
		if err != nil {
			r.fail(codeValue, v.Pos, "ipproto %q is not a protocol", v.Text)
			return
		}
		p = uint8(n)
	}
	r.r.IPProto = &p
}

// ruleRange reads A-B. A single number is A-A.
func ruleRange(limit uint64, at func(*Rule) **Range) ruleOption {
	return func(r *ruleReader, a Arg) {
		v, ok := r.arg(a)
		if !ok {
			return
		}
		from, to, both := strings.Cut(v.Text, "-")
		if !both {
			r.d.c.addHint(codeSingle, v.Pos, "write "+from+"-"+from, "rule: keepalived wants a range behind %s; %s alone is taken as one", a.Text, from)
			to = from
		}
		lo, ok1 := r.cNumber(from, v, a.Text, limit)
		hi, ok2 := r.cNumber(to, v, a.Text, limit)
		if ok1 && ok2 {
			*at(&r.r) = &Range{From: uint32(lo), To: uint32(hi)}
		}
	}
}
