// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"encoding/hex"
	"net"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
)

// maxWeight is the largest weight of what has two states. One more is taken as it,
// as keepalived does. Files and processes can have that one more.
const maxWeight = 253

// weight is what a tracker adds to the priority, up to limit either way.
func weight(limit int) value {
	return value{
		name: "NUMBER [reverse]", lo: float64(-limit), hi: float64(limit), out: reflect.TypeFor[weighting](),
		read: func(d *decoder, _ *value, n *Node) (any, bool) {
			a, ok := d.need(n, 0)
			if !ok {
				return nil, false
			}
			w := weighting{}
			if b, more := n.arg(1); more {
				w.reverse = b.Text == "reverse"
				if !w.reverse {
					d.c.addHint(codeValue, b.Pos, didYouMean(b.Text, []string{"reverse"}), "%s: unknown option %q; ignored", n.Key, b.Text)
				}
			}
			w.n, ok = d.weight(a, n.Key, limit)
			return w, ok
		},
	}
}

func (d *decoder) weight(a Arg, key string, limit int) (int, bool) {
	v, ok := d.integer(a, key, -maxWeight-1, maxWeight+1)
	if !ok {
		return 0, false
	}
	w := v.(int)
	if abs(w) > limit {
		d.c.add(codeNumber, a.Pos, "%s: %d is outside -%d to %d; the limit is used", key, w, limit, limit)
		w = max(-limit, min(limit, w))
	}
	return w, true
}

// initialValue is what a tracked file is made with.
type initialValue struct {
	n         int
	overwrite bool
}

// maxFileValue is the most that a number in a tracked file counts.
const maxFileValue = 254

// initFile is [VALUE] [overwrite], in any order.
var initFile = value{name: "[NUMBER] [overwrite]", out: reflect.TypeFor[initialValue](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	var v initialValue
	for _, a := range n.Args {
		k, err := strconv.Atoi(a.Text)
		switch {
		case a.Text == "overwrite":
			v.overwrite = true
		case err == nil && abs(k) > maxFileValue:
			d.outOfRange(a, n.Key, -maxFileValue, maxFileValue)
		case err == nil:
			v.n = k
		default:
			d.c.addHint(codeValue, a.Pos, didYouMean(a.Text, []string{"overwrite"}), "%s: unknown option %q; ignored", n.Key, a.Text)
		}
	}
	return v, true
}}

// allWords is one word or more.
var allWords = value{name: "WORD...", out: reflect.TypeFor[[]string](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	if _, ok := d.need(n, 0); !ok {
		return nil, false
	}
	var out []string
	for _, a := range n.Args {
		out = append(out, a.Text)
	}
	return out, true
}}

// The length of a key of auth_hmac.
const (
	minHMACKey = 32
	maxHMACKey = 64
)

// hmacKey is ID VALUE.
var hmacKey = value{name: "ID VALUE", out: reflect.TypeFor[HMACKey](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	id, ok := d.need(n, 0)
	if !ok {
		return nil, false
	}
	text, ok := d.need(n, 1)
	if !ok {
		return nil, false
	}
	v, ok := d.integer(id, "key", 1, 255)
	if !ok {
		return nil, false
	}
	k := HMACKey{ID: uint8(v.(int)), Key: Secret(text.Text), Pos: text.Pos}
	if path, ok := strings.CutPrefix(text.Text, "file:"); ok {
		k.Key, k.File = "", path
		return k, true
	}
	if digits, ok := strings.CutPrefix(text.Text, "hex:"); ok {
		raw, err := hex.DecodeString(digits)
		if err != nil {
			d.c.add(codeValue, text.Pos, "auth_hmac: key %d is not hexadecimal; ignored", k.ID)
			return nil, false
		}
		k.Key = Secret(raw)
	}
	if n := len(k.Key); n < minHMACKey || n > maxHMACKey {
		d.c.add(codeValue, text.Pos, "auth_hmac: key %d has %d bytes, not %d to %d; ignored", k.ID, n, minHMACKey, maxHMACKey)
		return nil, false
	}
	return k, true
}}

// vmac is the words of use_vmac, in any order.
var vmac = value{name: "[[name] IF] [MAC] [netlink_notify_msg] [group G]", out: reflect.TypeFor[VMAC](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	var v VMAC
	for i := 0; i < len(n.Args); i++ {
		a := n.Args[i]
		next, more := n.arg(i + 1)
		switch {
		case a.Text == "netlink_notify_msg":
			v.LinkNotify = true
		case a.Text == "name" && more:
			d.linkName(&v.Name, next, n.Key)
			i++
		case a.Text == "group" && more:
			v.Group = next.Text
			i++
		case strings.Contains(a.Text, ":"):
			v.MAC = d.mac(a)
		default:
			d.linkName(&v.Name, a, n.Key)
		}
	}
	return v, true
}}

// linkName takes the name of an interface to be made, once.
func (d *decoder) linkName(name *string, a Arg, key string) {
	switch {
	case *name != "":
		d.c.add(codeDuplicate, a.Pos, "%s: the name of the interface is already given as %s; %q is ignored", key, *name, a.Text)
	case len(a.Text) > maxIfName || strings.ContainsAny(a.Text, "/ "):
		d.c.add(codeValue, a.Pos, "%s: %q cannot be the name of an interface; a name is made up", key, a.Text)
	default:
		*name = a.Text
	}
}

// mac reads a MAC address of six bytes, or of five before the VRID.
func (d *decoder) mac(a Arg) string {
	full := a.Text
	if strings.Count(full, ":") == 4 {
		full += ":00"
	}
	m, err := net.ParseMAC(full)
	switch {
	case err != nil || len(m) != 6:
		d.c.add(codeAddress, a.Pos, "use_vmac: %q is not a MAC address; ignored", a.Text)
		return ""
	case m[0]&1 != 0:
		d.c.add(codeAddress, a.Pos, "use_vmac: MAC address %s is a group address; ignored", a.Text)
		return ""
	case strings.HasPrefix(m.String(), "00:00:5e:00:01:") || strings.HasPrefix(m.String(), "00:00:5e:00:02:"):
		d.c.add(codeAddress, a.Pos, "use_vmac: MAC address %s is one of VRRP (RFC 5798): leave it out; ignored", a.Text)
		return ""
	}
	return strings.ToLower(a.Text)
}

// ipvlan is the words of use_ipvlan, in any order.
var ipvlan = value{name: "[[name] IF] [ADDRESS] [bridge, private or vepa] [group G]", out: reflect.TypeFor[IPVLAN](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	var v IPVLAN
	for i := 0; i < len(n.Args); i++ {
		a := n.Args[i]
		next, more := n.arg(i + 1)
		addr, isAddr := prefixOf(a.Text)
		switch {
		case a.Text == "bridge" || a.Text == "private" || a.Text == "vepa":
			if v.Mode != "" {
				d.c.add(codeDuplicate, a.Pos, "use_ipvlan: the mode is already given as %s; %s is ignored", v.Mode, a.Text)
				continue
			}
			v.Mode = a.Text
		case a.Text == "name" && more:
			d.linkName(&v.Name, next, n.Key)
			i++
		case a.Text == "group" && more:
			v.Group = next.Text
			i++
		case isAddr && v.Addr.IsValid():
			d.c.add(codeDuplicate, a.Pos, "use_ipvlan: the address is already given as %s; %s is ignored", v.Addr, a.Text)
		case isAddr:
			v.Addr = addr
		default:
			d.linkName(&v.Name, a, n.Key)
		}
	}
	if v.Mode == "" {
		v.Mode = "bridge"
	}
	return v, true
}}

// prefixOf reads ADDRESS[/LEN].
func prefixOf(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p, true
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}
