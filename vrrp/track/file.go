// SPDX-License-Identifier: Apache-2.0

package track

import (
	"math"
	"strconv"
)

// fileFault is the status of a tracked file from which on it is a fault, and maxDelta the
// most that a file adds to a priority.
const (
	fileFault = -254
	maxDelta  = 253
)

// File is the state of a tracked file: the number in it. A missing file holds 0.
type File int

// Status is the number as an instance sees it that tracks the file with that weight: it is
// multiplied, or without a weight -254 when it is not 0.
func (f File) Status(weight int, reverse bool) int {
	switch {
	case weight != 0:
		return turned(int(f)*weight, reverse)
	case (f != 0) != reverse:
		return fileFault
	}
	return 0
}

// Effect implements Tracker.
func (f File) Effect(weight int, reverse bool) Effect {
	s := f.Status(weight, reverse)
	if s <= fileFault {
		return Effect{Fault: true}
	}
	return Effect{Delta: min(s, maxDelta)}
}

// ParseFile reads the number at the start of a tracked file as strtol(3) does: blanks, a
// sign, then a decimal, an octal (0…) or a hexadecimal (0x…) number, whatever follows.
// Without a number it is 0. ok is false for one that does not fit 32 bits; n is then what
// keepalived names in its log line.
func ParseFile(text []byte) (n int64, ok bool) {
	digits, base, negative := number(text)
	v, err := strconv.ParseInt(digits, base, 64)
	if digits == "" {
		return 0, true
	}
	if err != nil {
		v = math.MaxInt64 // nothing else can be wrong with digits
	}
	if negative {
		v = -v
	}
	return v, v >= math.MinInt32 && v <= math.MaxInt32
}

// number takes the parts of the number at the start of a text.
func number(text []byte) (digits string, base int, negative bool) {
	i := 0
	for i < len(text) && isSpace(text[i]) {
		i++
	}
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		negative = text[i] == '-'
		i++
	}
	base = 10
	switch rest := text[i:]; {
	case len(rest) > 2 && rest[0] == '0' && rest[1]|0x20 == 'x' && digitIn(rest[2], 16):
		base = 16
		i += 2
	case len(rest) > 0 && rest[0] == '0':
		base = 8
	}
	end := i
	for end < len(text) && digitIn(text[end], base) {
		end++
	}
	return string(text[i:end]), base, negative
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func digitIn(c byte, base int) bool {
	switch {
	case c >= '0' && c <= '9':
		return int(c-'0') < base
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return base == 16
	}
	return false
}
