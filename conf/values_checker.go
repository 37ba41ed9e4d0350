// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"encoding/hex"
	"reflect"
	"strings"
)

// obsolete makes a value whose keyword should not be used any more.
func obsolete(v value, hint string) value {
	inner := v.read
	v.read = func(d *decoder, v *value, n *Node) (any, bool) {
		out, ok := inner(d, v, n)
		if ok {
			d.c.addHint(codeDeprecated, n.Pos, hint, "%s is deprecated", n.Key)
		}
		return out, ok
	}
	return v
}

// maxInterface is the length of the name of an interface (IFNAMSIZ - 1).
const maxInterface = 15

// interfaceName is the name of an interface that need not be there yet.
var interfaceName = value{name: "INTERFACE", out: reflect.TypeFor[string](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	a, ok := d.need(n, 0)
	if ok && len(a.Text) > maxInterface {
		d.c.add(codeValue, a.Pos, "%s: %q is too long for an interface; ignored", n.Key, a.Text)
		return nil, false
	}
	return a.Text, ok
}}

// domain is a name of the DNS.
var domain = value{name: "DOMAIN", out: reflect.TypeFor[string](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	a, ok := d.need(n, 0)
	if !ok {
		return nil, false
	}
	name := strings.TrimSuffix(a.Text, ".")
	for label := range strings.SplitSeq(name, ".") {
		if label == "" && name != "" || a.Text == "" {
			d.c.add(codeValue, a.Pos, "%s: %q has an empty label; ignored", n.Key, a.Text)
			return nil, false
		}
		if len(label) > 63 || len(name) > 253 {
			d.c.add(codeTooLong, a.Pos, "%s: %q is longer than a name of the DNS can be: every check will fail", n.Key, a.Text)
			break
		}
	}
	return a.Text, true
}}

// hexBytes are bytes in hexadecimal, with or without blanks.
var hexBytes = soft(value{name: "HEX", out: reflect.TypeFor[[]byte](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	b, _, ok := d.hex(n, "0123456789abcdef")
	return b, ok
}})

// pattern is how an answer begins: bytes, and which of their bits count.
type pattern struct{ bytes, mask []byte }

// hexPattern are bytes in hexadecimal, where X stands for any digit.
var hexPattern = value{name: "[HEX]", out: reflect.TypeFor[pattern](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	if len(n.Args) == 0 {
		return pattern{}, true
	}
	b, mask, ok := d.hex(n, "0123456789abcdefx")
	return pattern{b, mask}, ok
}}

// hex reads all words of a line as digits; x is a digit that does not count. An
// odd number of digits is filled up at the end of its word.
func (d *decoder) hex(n *Node, allowed string) (b, mask []byte, ok bool) {
	var digits strings.Builder
	for _, a := range n.Args {
		for _, word := range strings.Fields(strings.ToLower(a.Text)) {
			if strings.Trim(word, allowed) != "" {
				d.c.add(codeValue, a.Pos, "%s: %q is not hexadecimal; ignored", n.Key, a.Text)
				return nil, nil, false
			}
			if digits.WriteString(word); len(word)%2 != 0 {
				d.c.add(codeOddHex, a.Pos, "%s: %q has an odd number of digits; a 0 is put before the last one", n.Key, a.Text)
			}
		}
	}
	if digits.Len() == 0 {
		d.c.add(codeValue, n.Args[0].Pos, "%s: there are no digits; ignored", n.Key)
		return nil, nil, false
	}
	text := evenHex(digits.String())
	b, _ = hex.DecodeString(strings.ReplaceAll(text, "x", "0"))
	mask, _ = hex.DecodeString(strings.Map(func(r rune) rune {
		if r == 'x' {
			return '0'
		}
		return 'f'
	}, text))
	return b, mask, true
}

// evenHex puts a 0 before the last digit of an odd number of them.
func evenHex(s string) string {
	if len(s)%2 == 0 {
		return s
	}
	return s[:len(s)-1] + "0" + s[len(s)-1:]
}

// trackedWeight is the factor of a number in a file.
type trackedWeight struct {
	weight  int
	reverse bool
}

const maxFileWeight = 1<<31 - 1

// fileWeight is NUMBER [reverse|noreverse].
var fileWeight = soft(value{
	name: "NUMBER [reverse or noreverse]", lo: -maxFileWeight, hi: maxFileWeight, out: reflect.TypeFor[trackedWeight](),
	read: func(d *decoder, v *value, n *Node) (any, bool) {
		w, ok := d.integer(n.Args[0], n.Key, v.lo, v.hi)
		if !ok {
			return nil, false
		}
		t := trackedWeight{weight: w.(int)}
		if a, more := n.arg(1); more {
			if t.reverse = a.Text == "reverse"; !t.reverse && a.Text != "noreverse" {
				d.c.addHint(codeExtraArg, a.Pos, "write reverse or noreverse", "%s: unknown option %q; ignored", n.Key, a.Text)
			}
		}
		return t, true
	},
})
