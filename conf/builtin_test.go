// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestBuiltins(t *testing.T) {
	t.Parallel()
	expand(t, []expansion{
		{name: "instance", in: "x ${_INSTANCE}", want: []string{"x main"}},
		{name: "without braces", in: "x $_INSTANCE", want: []string{"x main"}},
		{name: "hash in quotes", in: `x "${_HASH}y"`, want: []string{`x "#y"`}},
		{name: "hash outside of them", in: "x ${_HASH}y", want: []string{"x"}},
		{name: "exclamation in quotes", in: `x "${_BANG}y"`, want: []string{`x "!y"`}},
		{name: "exclamation outside of them", in: "x a${_BANG}y", want: []string{"x a"}},
		{name: "environment", in: "x ${_ENV VIP}", want: []string{"x 10.0.0.100"}},
		{name: "blanks in it", in: "x ${_ENV  VIP }", want: []string{"x 10.0.0.100"}},
		{name: "unset variable", in: "x [${_ENV NONE}]", want: []string{"x []"}},
		{name: "variable with a comment", in: "x ${_ENV HASH}c", want: []string{"x a"}},
		{name: "environment without a name", in: "x ${_ENV}", want: []string{"x ${_ENV}"}, codes: []string{"1:3 error parameter"}},
		{name: "environment with two names", in: `x "${_ENV A B}"`, want: []string{`x "${_ENV A B}"`}, codes: []string{"1:4 error parameter"}},
		{name: "instance with an argument", in: "x ${_INSTANCE y}", want: []string{"x ${_INSTANCE y}"}, codes: []string{"1:3 error parameter"}},
		{name: "random, one number", in: "x ${_RANDOM 5 5}", want: []string{"x 5"}},
		{name: "random, MIN above MAX", in: "x ${_RANDOM 9 3}", want: []string{"x 9"}, codes: []string{"1:3 error sequence"}},
		{name: "random, no number", in: "x ${_RANDOM a}", want: []string{"x ${_RANDOM a}"}, codes: []string{"1:3 error parameter"}},
		{name: "random, negative", in: "x ${_RANDOM -5}", want: []string{"x ${_RANDOM -5}"}, codes: []string{"1:3 error parameter"}},
		{name: "random, three numbers", in: "x ${_RANDOM 1 2 3}", want: []string{"x ${_RANDOM 1 2 3}"}, codes: []string{"1:3 error parameter"}},
		{name: "none of that name", in: "x ${_NONE}", want: []string{"x ${_NONE}"}, codes: []string{"1:3 error parameter"}},
		{name: "a definition takes its place", in: "$_PWD=mine\nx ${_PWD}", want: []string{"x mine"}},
		{name: "in a definition", in: "$A=${_ENV VIP}\nx $A", want: []string{"x 10.0.0.100"}},
	})
}

// TestPWD is the directory of the file in which it is used.
func TestPWD(t *testing.T) {
	t.Parallel()
	got, _ := readLines(memFiles{"/a/f": "$P=${_PWD}\nx $P\ninclude b/g\nx $P", "/a/b/g": "x $P"}, "/a/f")
	diff(t, "lines", []string{"/a/f:2 x /a", "/a/b/g:1 x /a/b", "/a/f:4 x /a"}, got)
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	relative, _ := expandText("x ${_PWD}")
	diff(t, "relative", []string{"x " + wd}, relative)
}

func TestRandom(t *testing.T) {
	t.Parallel()
	numbers := func(text string, o Options) []string {
		var out []string
		s := newSource(memFiles{"f": text}, newCollector(), o, func(l line) { out = append(out, l.text) })
		s.main("f")
		return out
	}
	many := strings.Repeat("${_RANDOM 10 12}\n", 200)
	count := map[string]int{}
	for _, n := range numbers(many, Options{Seed: 7}) {
		count[n]++
	}
	if len(count) != 3 || count["10"] < 30 || count["11"] < 30 || count["12"] < 30 {
		t.Errorf("200 numbers from 10 to 12: %v", count)
	}
	for _, n := range numbers(strings.Repeat("${_RANDOM}\n", 100), Options{}) {
		if v, err := strconv.Atoi(n); err != nil || v < 0 || v > randomMax {
			t.Errorf("number %s", n)
		}
	}
	diff(t, "same seed", numbers(many, Options{Seed: 7}), numbers(many, Options{Seed: 7}))
	if a, b := numbers(many, Options{Seed: 7}), numbers(many, Options{Seed: 8}); strings.Join(a, " ") == strings.Join(b, " ") {
		t.Error("two seeds give the same numbers")
	}
}

// TestRandomSeed: the keyword makes the numbers repeat, whatever the options say.
func TestRandomSeed(t *testing.T) {
	t.Parallel()
	ids := func(seed uint64) string {
		l := Options{Seed: seed}.load(memFiles{"f": "global_defs {\nrandom_seed 7\nrouter_id ${_RANDOM}-${_RANDOM}\n}"}, "f")
		return l.Config.Global.RouterID
	}
	if a, b := ids(1), ids(2); a != b || !strings.Contains(a, "-") {
		t.Errorf("%q and %q", a, b)
	}
}
