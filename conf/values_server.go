// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"reflect"
	"strings"
	"time"
)

// method is a forwarding method.
var method = value{name: "NAT, DR or TUN", out: reflect.TypeFor[Method](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	a, ok := d.need(n, 0)
	if !ok {
		return nil, false
	}
	w, ok := d.word(a, n.Key, []string{string(NAT), string(DR), string(TUN)})
	if !ok {
		return nil, false
	}
	if more, ok := n.arg(1); ok && w == string(TUN) {
		d.c.add(codeNotSupported, more.Pos, "%s TUN: tunnel options are not supported yet; IPIP is used", n.Key)
	}
	return Method(w.(string)), true
}}

// protocols are the words for protocols, in capitals.
var protocols = map[string]Protocol{"TCP": TCP, "UDP": UDP, "SCTP": SCTP}

// protocol is a protocol's name in any case.
var protocol = value{name: "TCP, UDP or SCTP", out: reflect.TypeFor[Protocol](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	a, ok := d.need(n, 0)
	if !ok {
		return nil, false
	}
	p, ok := protocols[strings.ToUpper(a.Text)]
	if !ok {
		d.c.add(codeValue, a.Pos, "protocol: unknown %q, not one of TCP, UDP, SCTP; ignored", a.Text)
	}
	return p, ok
}}

// The default of persistence_timeout without an argument, and its largest value.
const (
	defaultPersistence = 360 * time.Second
	maxPersistence     = 31 * 86400
)

// persistence is a number of seconds that may be left out.
var persistence = value{name: "[SECONDS]", lo: 1, hi: maxPersistence, out: reflect.TypeFor[time.Duration](), read: func(d *decoder, v *value, n *Node) (any, bool) {
	a, ok := n.arg(0)
	if !ok {
		return defaultPersistence, true
	}
	s, ok := d.integer(a, n.Key, v.lo, v.hi)
	if !ok {
		return nil, false
	}
	return time.Duration(s.(int)) * time.Second, true
}}
