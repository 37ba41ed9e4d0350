// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"fmt"
	"math"
	"net/netip"
	"reflect"
	"strings"
	"time"
)

// endpoint is an address with a port; 0 is no port.
type endpoint struct {
	addr netip.Addr
	port uint16
}

// String gives the endpoint as it is written.
func (e endpoint) String() string {
	if e.port == 0 {
		return e.addr.String()
	}
	return netip.AddrPortFrom(e.addr, e.port).String()
}

// service is ADDR [PORT].
var service = value{name: "ADDRESS [PORT]", out: reflect.TypeFor[endpoint](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	return d.endpoint(n)
}}

func (d *decoder) endpoint(n *Node) (endpoint, bool) {
	a, ok := d.need(n, 0)
	if !ok {
		return endpoint{}, false
	}
	addr, err := netip.ParseAddr(a.Text)
	if err != nil || addr.Zone() != "" {
		d.c.addHint(codeAddress, a.Pos, placeholder(a.Text), "%s: %q is not an IP address; ignored", n.Key, a.Text)
		return endpoint{}, false
	}
	e := endpoint{addr: addr.Unmap()}
	p, ok := n.arg(1)
	if !ok {
		return e, true
	}
	port, ok := d.integer(p, n.Key, 0, math.MaxUint16)
	if ok {
		e.port = uint16(port.(int))
	}
	return e, ok
}

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

func enterServer(d *decoder, _ any, n *Node) any {
	if a, ok := n.arg(0); ok && (a.Text == "fwmark" || a.Text == "group") {
		d.c.add(codeNotSupported, a.Pos, "virtual_server %s is not supported yet; the block is ignored", a.Text)
		return nil
	}
	e, ok := d.endpoint(n)
	if !ok {
		return nil
	}
	s := &serverDraft{pos: n.Pos, addr: e.addr, port: e.port}
	d.draft.servers = append(d.draft.servers, s)
	return s
}

// sameServerFamily says whether an endpoint fits the virtual server.
func (d *decoder) sameServerFamily(s *serverDraft, e endpoint, n *Node) bool {
	if e.addr.Is4() == s.addr.Is4() {
		return true
	}
	d.c.add(codeFamily, n.Args[0].Pos, "%s %s is not of the address family of virtual server %s; ignored", n.Key, e.addr, s.addr)
	return false
}

func enterReal(d *decoder, parent any, n *Node) any {
	s := parent.(*serverDraft)
	e, ok := d.endpoint(n)
	if !ok || !d.sameServerFamily(s, e, n) {
		return nil
	}
	// The method is that which stands before the real server.
	r := &realDraft{pos: n.Pos, addr: e.addr, port: e.port, method: s.method}
	s.reals = append(s.reals, r)
	return r
}

func enterChecker(_ *decoder, parent any, n *Node) any {
	r := parent.(*realDraft)
	c := &checkerDraft{pos: n.Pos, kind: n.Key}
	r.checkers = append(r.checkers, c)
	return c
}

// title names a virtual server in diagnostics.
func (s *serverDraft) title() string {
	return fmt.Sprintf("virtual server %s", endpoint{s.addr, s.port})
}
