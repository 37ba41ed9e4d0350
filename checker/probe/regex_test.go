// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"strings"
	"testing"

	"vipward/conf"

	"github.com/google/go-cmp/cmp"
)

// TestRegexDialect: what PCRE2 finds is found.
func TestRegexDialect(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pattern, body string
		options       string
		want          bool
	}{
		{"OK$", "OK\n", "", true},
		{"OK$", "OK\n", "dollar_endonly", false},
		{"OK$", "OK", "dollar_endonly", true},
		{`OK\Z`, "OK\n", "", true},
		{"^b$", "a\nb\nc", "", false},
		{"^b$", "a\nb\nc", "multiline", true},
		{"a.b", "a\nb", "", false},
		{"a.b", "a\nb", "dotall", true},
		{"WORLD", "hello world", "", false},
		{"WORLD", "hello world", "caseless", true},
		{"a b # x [", "ab", "extended", true},
		{"a b", "ab", "", false},
		{`[[:digit:]]+x`, "a12x", "", true},
		{`[^[:space:]]`, " \t", "", false},
		{`[[:alpha:]_]\d`, "_7", "", true},
		{`^\w+$`, "é", "", false},
		{`^\W+$`, "é", "", true},
		{`^\w$`, "é", "utf ucp", true},
		{`^.$`, "é", "", false}, // two bytes
		{`^.$`, "é", "utf", true},
		{`\xc3`, "é", "", true},
		{`[é]`, "\xa9", "", true},
		{`\d`, "٣", "utf", false},
		{`\s`, "\v", "", true},
		{`\S`, " ", "", false},
		{`a\hb`, "a\tb", "", true},
		{`a\Nb`, "a\nb", "", false},
		{`a\Rb`, "a\r\nb", "", true},
		{`(?P<n>x)(?P=n)`, "xx", "", true},
		{`(?<=x)y`, "xy", "", true},
		{`(a)\1`, "aa", "", true},
		{`a++a`, "aaa", "", false},
		{`\Q[a\E]`, "[a]", "", true},
		{`[]a]b`, "]b", "", true},
		{`[^]a]b`, "]b", "", false},
		{`[a[b]c`, "[c", "", true},
		{`[\w-]x`, "-x", "", true},
		{`b`, "a\nb", "firstline", false},
		{`b`, "ab\nb", "firstline", true},
		{`a+b`, "aab", "ungreedy no_auto_possessify no_start_optimize", true},
		{`\`, `\`, "", false},
	}
	for _, tt := range tests {
		re, err := compile(&conf.Regex{Pattern: tt.pattern, Options: strings.Fields(tt.options)})
		if err != nil {
			if tt.want {
				t.Errorf("%q %s: %v", tt.pattern, tt.options, err)
			}
			continue
		}
		if got, err := re.find([]byte(tt.body)); got != tt.want || err != nil {
			t.Errorf("%q %s in %q: %t, %v", tt.pattern, tt.options, tt.body, got, err)
		}
	}
}

// TestRegexOffsets: a match counts by where it begins, in bytes.
func TestRegexOffsets(t *testing.T) {
	t.Parallel()
	tests := []struct {
		min, max uint64
		options  []string
		body     string
		want     bool
	}{
		{0, 0, nil, "hello world", true},
		{6, 0, nil, "hello world", true},
		{7, 0, nil, "hello world", false},
		{7, 0, nil, "hello world world", true},
		{0, 6, nil, "hello world", true},
		{0, 5, nil, "hello world", false},
		{12, 0, nil, "hello world", false},
		{0, 4, nil, "éé world", false},
		{0, 5, nil, "éé world", true},
		{5, 5, []string{"utf"}, "éé world", true},
		{0, 4, []string{"utf"}, "éé world", false},
	}
	for _, tt := range tests {
		re, err := compile(&conf.Regex{Pattern: "world", MinOffset: tt.min, MaxOffset: tt.max, Options: tt.options})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := re.find([]byte(tt.body)); got != tt.want || err != nil {
			t.Errorf("%d-%d %v in %q: %t, %v", tt.min, tt.max, tt.options, tt.body, got, err)
		}
	}
}

func TestRegexNotUTF8(t *testing.T) {
	t.Parallel()
	re, err := compile(&conf.Regex{Pattern: "a", Options: []string{"utf"}, NoMatch: true})
	if err != nil {
		t.Fatal(err)
	}
	if re.judge(nil, []byte("\xff")) == nil {
		t.Error("it passes")
	}
}

func TestStackSize(t *testing.T) {
	t.Parallel()
	var got []int
	for _, limit := range []uint64{0, 1, 1 << 20, 1 << 62} {
		got = append(got, stackSize(limit))
	}
	if diff := cmp.Diff([]int{maxMatchStack, minMatchStack, 1 << 17, maxMatchStack}, got); diff != "" {
		t.Errorf("sizes (-want +got):\n%s", diff)
	}
}

// FuzzRegexDialect: no pattern makes the translation fail or run on.
func FuzzRegexDialect(f *testing.F) {
	for _, p := range []string{`[[:digit:]`, `[`, `\`, `\Q`, "(?P=", "[^", `[]`, "# "} {
		f.Add(p, true)
	}
	f.Fuzz(func(t *testing.T, pattern string, extended bool) {
		tr := translator{extended: extended, dollarEnd: extended}
		if out := tr.translate(pattern); len(out) > 40*len(pattern)+40 {
			t.Errorf("%q becomes %d bytes", pattern, len(out))
		}
	})
}
