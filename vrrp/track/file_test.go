// SPDX-License-Identifier: Apache-2.0

package track

import (
	"math"
	"strconv"
	"testing"
)

// TestFileEffect follows recordings track-file-weight0, track-file-init and
// fifo-priority-changes, and what keepalived 2.2.7 does with a reversed weight 0.
func TestFileEffect(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		value   File
		weight  int
		reverse bool
		status  int
		want    Effect
	}{
		{"0 without weight", 0, 0, false, 0, Effect{}},
		{"1 without weight", 1, 0, false, -254, Effect{Fault: true}},
		{"negative without weight", -5, 0, false, -254, Effect{Fault: true}},
		{"0 reversed", 0, 0, true, -254, Effect{Fault: true}},
		{"2 reversed", 2, 0, true, 0, Effect{}},
		{"multiplied", 3, 2, false, 6, Effect{Delta: 6}},
		{"multiplied by a negative weight", 2, -3, false, -6, Effect{Delta: -6}},
		{"reversed", 5, 4, true, -20, Effect{Delta: -20}},
		{"too much", 300, 1, false, 300, Effect{Delta: 253}},
		{"254", 254, 1, false, 254, Effect{Delta: 253}},
		{"the last before a fault", -253, 1, false, -253, Effect{Delta: -253}},
		{"the first fault", -254, 1, false, -254, Effect{Fault: true}},
		{"far beyond", -300, 1, false, -300, Effect{Fault: true}},
		{"a fault by weight", 127, -2, false, -254, Effect{Fault: true}},
		{"a fault by reverse", 254, 1, true, -254, Effect{Fault: true}},
		{"the largest number", math.MaxInt32, 254, false, math.MaxInt32 * 254, Effect{Delta: 253}},
		{"the smallest number", math.MinInt32, 254, false, math.MinInt32 * 254, Effect{Fault: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.value.Status(tt.weight, tt.reverse); got != tt.status {
				t.Errorf("status %d, want %d", got, tt.status)
			}
			if got := tt.value.Effect(tt.weight, tt.reverse); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

// TestParseFile reads what keepalived 2.2.7 was seen to read.
func TestParseFile(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want int64
		ok   bool
	}{
		{"", 0, true},
		{"\n", 0, true},
		{"text", 0, true},
		{"5\n", 5, true},
		{"+5", 5, true},
		{"-3", -3, true},
		{"- 4", 0, true},
		{"-", 0, true},
		{"+-4", 0, true},
		{" \n\n\t\v\f\r 6", 6, true},
		{"  12 7", 12, true},
		{"7abc", 7, true},
		{"1.9", 1, true},
		{"1e3", 1, true},
		{"\x00 8", 0, true},
		{"0x10", 16, true},
		{"-0XfF", -255, true},
		{"0x", 0, true},
		{"0xg", 0, true},
		{"007", 7, true},
		{"010", 8, true},
		{"09", 0, true},
		{"2147483647", math.MaxInt32, true},
		{"2147483648", math.MaxInt32 + 1, false},
		{"-2147483648", math.MinInt32, true},
		{"-2147483649", math.MinInt32 - 1, false},
		{"99999999999", 99999999999, false},
		{"9999999999999999999999", math.MaxInt64, false},
		{"-9999999999999999999999", -math.MaxInt64, false},
	}
	for _, tt := range tests {
		t.Run(strconv.Quote(tt.text), func(t *testing.T) {
			t.Parallel()
			if got, ok := ParseFile([]byte(tt.text)); got != tt.want || ok != tt.ok {
				t.Errorf("got %d, %v, want %d, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

// FuzzParseFile: a decimal number comes out as it went in, whatever follows, and nothing
// that fits is refused.
func FuzzParseFile(f *testing.F) {
	for _, seed := range []string{"", "5", " -0x1f z", "0777", "99999999999", "+\x00"} {
		f.Add([]byte(seed), int64(42))
	}
	f.Fuzz(func(t *testing.T, text []byte, n int64) {
		if v, ok := ParseFile(text); ok != (v >= math.MinInt32 && v <= math.MaxInt32) {
			t.Errorf("%q: %d, %v", text, v, ok)
		}
		if len(text) > 0 && digitIn(text[0], 10) {
			return
		}
		if n == math.MinInt64 {
			n++
		}
		if v, _ := ParseFile(append(strconv.AppendInt(nil, n, 10), text...)); v != n && (n != 0 || len(text) == 0) {
			t.Errorf("%d followed by %q: %d", n, text, v)
		}
	})
}
