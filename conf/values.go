// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// value is how the words behind a keyword are read: what a row says of its kind.
type value struct {
	name   string
	lo, hi float64  // range; equal: none
	words  []string // the allowed words
	raw    bool     // has quoting rules of its own
	soft   bool     // its absence is no more than an error
	out    reflect.Type
	// read gives the value, or false after having reported why there is none.
	read func(d *decoder, v *value, n *Node) (any, bool)
}

// noValue is for keywords that ignore what follows them.
var noValue = value{name: "-", out: reflect.TypeFor[bool](), read: readFlag}

// text is one word.
var text = value{name: "STRING", out: reflect.TypeFor[string](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	a, ok := d.need(n, 0)
	return a.Text, ok
}}

// boolean is a word that may be left out, which means yes.
var boolean = value{name: "[BOOL]", out: reflect.TypeFor[bool](), read: readBool}

// number is a whole number in decimal.
func number(lo, hi int) value {
	return value{
		name: "NUMBER", lo: float64(lo), hi: float64(hi), out: reflect.TypeFor[int](),
		read: func(d *decoder, v *value, n *Node) (any, bool) {
			a, ok := d.need(n, 0)
			if !ok {
				return nil, false
			}
			return d.integer(a, n.Key, v.lo, v.hi)
		},
	}
}

// timer is a number of seconds with at most places decimal places.
func timer(lo, hi float64, places int) value {
	return value{
		name: "SECONDS", lo: lo, hi: hi, out: reflect.TypeFor[time.Duration](),
		read: func(d *decoder, v *value, n *Node) (any, bool) {
			a, ok := d.need(n, 0)
			if !ok {
				return nil, false
			}
			return d.duration(a, n.Key, v, places)
		},
	}
}

// seconds is a whole number of seconds.
func seconds(lo, hi int) value {
	return value{
		name: "SECONDS", lo: float64(lo), hi: float64(hi), out: reflect.TypeFor[time.Duration](),
		read: func(d *decoder, v *value, n *Node) (any, bool) {
			a, ok := d.need(n, 0)
			if !ok {
				return nil, false
			}
			s, ok := d.integer(a, n.Key, v.lo, v.hi)
			if !ok {
				return nil, false
			}
			return time.Duration(s.(int)) * time.Second, true
		},
	}
}

// oneOf is one of some words.
func oneOf(words ...string) value {
	return value{
		name: strings.Join(words, " or "), words: words, out: reflect.TypeFor[string](),
		read: func(d *decoder, v *value, n *Node) (any, bool) {
			a, ok := d.need(n, 0)
			if !ok {
				return nil, false
			}
			return d.word(a, n.Key, v.words)
		},
	}
}

// entries is a list in braces, one entry in each line.
var entries = value{name: "ENTRIES", out: reflect.TypeFor[[]*Node](), read: readEntries}

func readEntries(d *decoder, _ *value, n *Node) (any, bool) {
	if len(n.Args) > 0 {
		d.c.add(codeExtraArg, n.Args[0].Pos, "%s takes a block; %q before its '{' is ignored", n.Key, n.Args[0].Text)
	}
	if !n.Block {
		d.c.add(codeMissingBrace, n.Pos, "missing '{' behind %s", n.Key)
		return nil, false
	}
	for _, c := range n.Children {
		if c.Block {
			d.c.add(codeBrace, c.Open, "unexpected '{' in the list %s; the block is ignored", n.Key)
		}
	}
	return n.Children, true
}

// readFlag is for keywords that mean yes whatever follows: a word that says no
// deserves a remark.
func readFlag(d *decoder, _ *value, n *Node) (any, bool) {
	if a, ok := n.arg(0); ok {
		if v, known := boolWords[a.Text]; known && !v {
			d.c.addHint(codeNoEffect, a.Pos, "leave the keyword out to turn it off", "%s takes no argument: %q is ignored and it is on", n.Key, a.Text)
		}
	}
	return true, true
}

// boolWords are the words for yes and no.
var boolWords = map[string]bool{"true": true, "on": true, "yes": true, "false": false, "off": false, "no": false}

func readBool(d *decoder, _ *value, n *Node) (any, bool) {
	a, ok := n.arg(0)
	if !ok {
		return true, true
	}
	v, known := boolWords[a.Text]
	if !known {
		d.c.addHint(codeValue, a.Pos, "use on or off, yes or no, true or false", "%s: %q is neither on nor off; %s", n.Key, a.Text, d.instead())
	}
	return v, known
}

// integer reads a whole number within lo and hi.
func (d *decoder) integer(a Arg, key string, lo, hi float64) (any, bool) {
	n, err := strconv.ParseInt(strings.TrimLeft(a.Text, " \t"), 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		d.c.add(codeNumber, a.Pos, "%s: %q is not a whole number; %s", key, a.Text, d.instead())
		return nil, false
	}
	if err != nil || float64(n) < lo || float64(n) > hi {
		d.outOfRange(a, key, lo, hi)
		return nil, false
	}
	return int(n), true
}

func (d *decoder) outOfRange(a Arg, key string, lo, hi float64) {
	d.c.add(codeNumber, a.Pos, "%s: %s is outside %s to %s; %s", key, a.Text, trimFloat(lo), trimFloat(hi), d.instead())
}

// duration reads seconds with decimal places. Too many places are rounded, half
// up, with a warning.
func (d *decoder) duration(a Arg, key string, v *value, places int) (any, bool) {
	whole, frac, _ := strings.Cut(strings.TrimPrefix(strings.TrimLeft(a.Text, " \t"), "+"), ".")
	if !isDigits(whole+frac) || whole+frac == "" {
		d.c.add(codeNumber, a.Pos, "%s: %q is not a number of seconds; %s", key, a.Text, d.instead())
		return nil, false
	}
	secs, err := strconv.ParseFloat(whole+"."+frac+"0", 64)
	if err != nil || secs < v.lo || secs > v.hi {
		d.c.add(codeNumber, a.Pos, "%s: %s is outside %s to %s seconds; %s", key, a.Text, trimFloat(v.lo), trimFloat(v.hi), d.instead())
		return nil, false
	}
	if len(frac) > places {
		d.c.add(codePrecision, a.Pos, "%s: %s has more than %d decimal places; it is rounded", key, a.Text, places)
	}
	unit := time.Second
	for range places {
		unit /= 10
	}
	return time.Duration(math.Floor(secs*float64(time.Second)/float64(unit)+0.5)) * unit, true
}

func isDigits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// word reads one of some words.
func (d *decoder) word(a Arg, key string, words []string) (any, bool) {
	if slices.Contains(words, a.Text) {
		return a.Text, true
	}
	d.c.addHint(codeValue, a.Pos, didYouMean(a.Text, words), "%s: unknown %q, not one of %s; %s", key, a.Text, strings.Join(words, ", "), d.instead())
	return nil, false
}

func trimFloat(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func itoa(n int) string { return strconv.Itoa(n) }
