// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"time"
)

// lone is a value of one word: with more of them keepalived does not use it.
func lone(v value) value {
	inner := v.read
	v.read = func(d *decoder, v *value, n *Node) (any, bool) {
		if extra, more := n.arg(1); more {
			d.c.add(codeExtraArg, extra.Pos, "%s takes one word, %q is one too many; ignored", n.Key, extra.Text)
			return nil, false
		}
		return inner(d, v, n)
	}
	return v
}

// soft makes a value whose absence is an ordinary error: keepalived stops at most
// keywords without their argument, but not at these.
func soft(v value) value {
	inner := v.read
	v.soft = true
	v.read = func(d *decoder, v *value, n *Node) (any, bool) {
		if _, ok := n.arg(0); ok {
			return inner(d, v, n)
		}
		if n.unclosed == (Pos{}) {
			d.c.addHint(codeValue, n.Pos, d.usage(), "%s is missing its argument; ignored", n.Key)
		}
		return nil, false
	}
	return v
}

// unsigned is a number of 32 bits.
var unsigned = number(0, math.MaxUint32)

// forwarding is a forwarding method with the options of a tunnel.
var forwarding = value{
	name: "NAT, DR or TUN [type ipip, gue port NUMBER or gre] [nocsum, csum or remcsum]",
	out:  reflect.TypeFor[forward](),
	read: func(d *decoder, _ *value, n *Node) (any, bool) {
		a, ok := d.need(n, 0)
		if !ok {
			return nil, false
		}
		w, ok := d.word(a, n.Key, []string{string(NAT), string(DR), string(TUN)})
		if !ok {
			return nil, false
		}
		f := forward{Method: Method(w.(string))}
		// Bad options go as a whole; the method stays.
		if t, ok := d.tunnel(n); ok && f.Method == TUN {
			f.Tunnel = t
		}
		return f, true
	},
}

// String gives the method for diagnostics.
func (f forward) String() string { return string(f.Method) }

// tunnel reads the options behind a method; nil if there are none.
func (d *decoder) tunnel(n *Node) (*Tunnel, bool) {
	if len(n.Args) < 2 {
		return nil, true
	}
	t := Tunnel{Type: "ipip"}
	for i := 1; i < len(n.Args); i++ {
		switch a := n.Args[i]; a.Text {
		case "nocsum", "csum", "remcsum":
			t.Checksum = a.Text
		case "type", "port":
			v, ok := n.arg(i + 1)
			if !ok {
				d.c.add(codeValue, a.Pos, "%s: %s is missing its argument; the options of the tunnel are ignored", n.Key, a.Text)
				return nil, false
			}
			if i++; !d.tunnelOption(&t, n.Key, a.Text, v) {
				return nil, false
			}
		default:
			d.c.addHint(codeValue, a.Pos, didYouMean(a.Text, []string{"type", "port", "nocsum", "csum", "remcsum"}),
				"%s: unknown option %q of a tunnel; the options are ignored", n.Key, a.Text)
			return nil, false
		}
	}
	return &t, d.tunnelFits(t, n)
}

// tunnelOption takes type or port.
func (d *decoder) tunnelOption(t *Tunnel, key, option string, v Arg) bool {
	if option == "port" {
		p, ok := d.integer(v, key+" port", 1, math.MaxUint16)
		if ok {
			t.Port = uint16(p.(int))
		}
		return ok
	}
	w, ok := d.word(v, key+" type", []string{"ipip", "gue", "gre"})
	if ok {
		t.Type = w.(string)
	}
	return ok
}

// tunnelFits says whether options belong together.
func (d *decoder) tunnelFits(t Tunnel, n *Node) bool {
	problem := ""
	switch {
	case t.Type == "gue" && t.Port == 0:
		problem = "a gue tunnel needs a port"
	case t.Type != "gue" && t.Port != 0:
		problem = "only a gue tunnel has a port"
	case t.Type == "ipip" && (t.Checksum == "csum" || t.Checksum == "remcsum"):
		problem = "an ipip tunnel has no checksum"
	case t.Type == "gre" && t.Checksum == "remcsum":
		problem = "a gre tunnel has no remote checksum"
	default:
		return true
	}
	d.c.add(codeConflict, n.Args[1].Pos, "%s: %s; the options of the tunnel are ignored", n.Key, problem)
	return false
}

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

// maxEngine is the length of the name of a persistence engine in the kernel.
const maxEngine = 16

// engine is the name of a persistence engine. One that is too long is cut.
var engine = value{name: "NAME", out: reflect.TypeFor[string](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	a, ok := d.need(n, 0)
	if !ok {
		return nil, false
	}
	if len(a.Text) > maxEngine {
		d.c.add(codeAdjusted, a.Pos, "%s: %q is longer than %d bytes; the first %d are used", n.Key, a.Text, maxEngine, maxEngine)
		a.Text = a.Text[:maxEngine]
	}
	return a.Text, true
}}

// oneWord is a word with nothing behind it.
var oneWord = soft(value{name: "STRING", out: reflect.TypeFor[string](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	if len(n.Args) > 1 {
		d.c.addHint(codeExtraArg, n.Args[1].Pos, "put it in double quotes", "%s takes one word; ignored", n.Key)
		return nil, false
	}
	return n.Args[0].Text, true
}})

// optionalText is a word that may be left out.
var optionalText = value{name: "[STRING]", out: reflect.TypeFor[string](), read: func(_ *decoder, _ *value, n *Node) (any, bool) {
	a, _ := n.arg(0)
	return a.Text, true
}}

// anyCase is one of some words, in whatever case; it gives the word as listed.
func anyCase(words ...string) value {
	return value{
		name: strings.Join(words, " or "), words: words, out: reflect.TypeFor[string](),
		read: func(d *decoder, v *value, n *Node) (any, bool) {
			a, ok := d.need(n, 0)
			if !ok {
				return nil, false
			}
			i := slices.IndexFunc(v.words, func(w string) bool { return strings.EqualFold(w, a.Text) })
			if i < 0 {
				return d.word(a, n.Key, v.words)
			}
			return v.words[i], true
		},
	}
}
