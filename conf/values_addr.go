// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"math"
	"net/netip"
	"reflect"
	"strings"
)

// address is one address; a prefix length behind it is accepted and ignored.
var address = value{name: "ADDRESS", out: reflect.TypeFor[netip.Addr](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	a, ok := d.need(n, 0)
	if !ok {
		return nil, false
	}
	return d.address(a, n.Key)
}}

// address reads an address.
func (d *decoder) address(a Arg, key string) (netip.Addr, bool) {
	host, _, _ := strings.Cut(a.Text, "/")
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.Zone() != "" {
		d.c.addHint(codeAddress, a.Pos, placeholder(a.Text), "%s: %q is not an IP address; ignored", key, a.Text)
		return netip.Addr{}, false
	}
	return addr.Unmap(), true
}

// placeholder gives a hint for words that a template leaves to be filled in.
func placeholder(s string) string {
	if strings.HasPrefix(s, "<") || strings.HasPrefix(s, "@") || strings.HasPrefix(s, "x.") {
		return "this looks like a placeholder of a template: put your own value here"
	}
	return ""
}

// hostPort is a host with an optional port behind it.
var hostPort = value{name: "HOST [PORT]", out: reflect.TypeFor[string](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	host, ok := d.need(n, 0)
	if !ok {
		return nil, false
	}
	p, more := n.arg(1)
	if !more {
		return host.Text, true
	}
	port, ok := d.integer(p, n.Key, 1, math.MaxUint16)
	if !ok {
		return host.Text, true
	}
	if strings.Contains(host.Text, ":") {
		return "[" + host.Text + "]:" + itoa(port.(int)), true
	}
	return host.Text + ":" + itoa(port.(int)), true
}}

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
	// A prefix length behind it is accepted and ignored.
	host, _, _ := strings.Cut(a.Text, "/")
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.Zone() != "" {
		d.c.addHint(codeAddress, a.Pos, placeholder(a.Text), "%s: %q is not an IP address; ignored", n.Key, a.Text)
		return endpoint{}, false
	}
	e := endpoint{addr: addr}
	if p, more := n.arg(1); more {
		e.port, ok = d.port(p, n.Key)
	}
	return e, ok
}

// port reads a port; 0 is none.
func (d *decoder) port(a Arg, key string) (uint16, bool) {
	v, ok := d.integer(a, key, 0, math.MaxUint16)
	if !ok {
		return 0, false
	}
	return uint16(v.(int)), true
}
