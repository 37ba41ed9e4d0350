// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"encoding/hex"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// digestLen is the number of hex digits of an MD5.
const digestLen = 32

// digest is an MD5 in hexadecimal.
var digest = value{name: "32 hex digits", out: reflect.TypeFor[string](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	a, ok := d.need(n, 0)
	if !ok {
		return nil, false
	}
	_, err := hex.DecodeString(a.Text)
	if len(a.Text) != digestLen || err != nil {
		d.c.add(codeValue, a.Pos, "%s: %q is not an MD5, which has %d hex digits; ignored", n.Key, a.Text, digestLen)
		return nil, false
	}
	return strings.ToLower(a.Text), true
}}

// The range of status codes.
const (
	minStatus = 100
	maxStatus = 599
)

// statusCodes are N or N-M, in any number.
var statusCodes = value{name: "[100-599 ...]", out: reflect.TypeFor[[]StatusRange](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	var out []StatusRange
	for _, a := range n.Args {
		r, ok := statusRange(a.Text)
		if !ok {
			d.c.add(codeNumber, a.Pos, "%s: %q is not a code from %d to %d or a range of them; ignored", n.Key, a.Text, minStatus, maxStatus)
			continue
		}
		out = append(out, r)
	}
	return out, true
}}

func statusRange(text string) (StatusRange, bool) {
	from, to, isRange := strings.Cut(text, "-")
	if !isRange {
		to = from
	}
	first, err := strconv.Atoi(from)
	last, err2 := strconv.Atoi(to)
	ok := err == nil && err2 == nil && isDigits(from+to) && first >= minStatus && last <= maxStatus && first <= last
	return StatusRange{first, last}, ok
}

// regexText is a pattern in one word, with escapes.
var regexText = value{raw: true, name: "[PATTERN]", out: reflect.TypeFor[string](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	args := n.Args
	if n.raw.text != "" {
		var unclosed int
		if args, unclosed = scriptWords(n.raw, true); unclosed >= 0 {
			d.unclosedQuote(n, unclosed)
			return nil, false
		}
		d.lostBackslash(n)
	}
	if len(args) != 1 || args[0].Text == "" {
		d.c.addHint(codeRegex, n.Pos, "put the whole pattern in one pair of quotes", "%s needs its pattern in one word; ignored", n.Key)
		return nil, false
	}
	return args[0].Text, true
}}

// lostBackslash notes, once a pattern, an escape of regexes that the quoting takes
// away: \d becomes d, and \b the character 8.
func (d *decoder) lostBackslash(n *Node) {
	text := n.raw.text
	for i := 0; i+1 < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		if i++; strings.IndexByte(`AbBdDGhHKpPQRsSvVwWXzZ.*+?()[]{}|^$`, text[i]) >= 0 {
			d.c.addHint(codeRegex, n.Pos, `write \\`+text[i:i+1], `%s: \%c loses its backslash`, n.Key, text[i])
			return
		}
	}
}

// regexOptions are the words that PCRE2 knows as keepalived spells them.
var regexOptions = strings.Fields(`
	allow_empty_class alt_bsux auto_callout caseless dollar_endonly dotall dupnames extended firstline
	match_unset_backref multiline never_ucp never_utf no_auto_capture no_auto_possessify no_dotstar_anchor
	no_start_optimize ucp ungreedy utf never_backslash_c alt_circumflex alt_verbnames use_offset_limit`)

// regexWords are option words; those that are unknown are ignored.
var regexWords = value{name: "[WORDS]", out: reflect.TypeFor[[]string](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	var out []string
	for _, a := range n.Args {
		word := strings.ToLower(a.Text)
		if !slices.Contains(regexOptions, word) {
			d.c.addHint(codeRegex, a.Pos, didYouMean(word, regexOptions), "%s: unknown option %q; ignored", n.Key, a.Text)
			continue
		}
		out = append(out, word)
	}
	return out, true
}}

// offset is a number of bytes. keepalived accepts anything here, so that what is
// no number is no more than a note.
var offset = value{name: "[BYTES]", out: reflect.TypeFor[uint64](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	v, ok := d.bytes(n, 0)
	return v, ok
}}

// stackSizes are two numbers of bytes.
var stackSizes = value{name: "[BYTES BYTES]", out: reflect.TypeFor[[2]uint64](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	start, ok := d.bytes(n, 0)
	if !ok {
		return nil, false
	}
	most, ok := d.bytes(n, 1)
	if ok && most < start {
		d.c.add(codeRegex, n.Pos, "%s: the size at the start is more than the largest one; ignored", n.Key)
		return nil, false
	}
	return [2]uint64{start, most}, ok
}}

func (d *decoder) bytes(n *Node, i int) (uint64, bool) {
	a, ok := n.arg(i)
	v, err := strconv.ParseUint(a.Text, 10, 64)
	if !ok || err != nil {
		d.c.add(codeRegex, a.Pos, "%s: %q is not a number of bytes; ignored", n.Key, a.Text)
		return 0, false
	}
	return v, true
}
