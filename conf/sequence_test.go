// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"strings"
	"testing"
)

func TestSEQ(t *testing.T) {
	t.Parallel()
	bad := []string{"1:1 error sequence"}
	expand(t, []expansion{
		{name: "end", in: "~SEQ(I, 3) s$I", want: []string{"s1", "s2", "s3"}},
		{name: "start and end", in: "~SEQ(I,2,4) s$I", want: []string{"s2", "s3", "s4"}},
		{name: "downwards", in: "~SEQ(I,4,2) s${I}", want: []string{"s4", "s3", "s2"}},
		{name: "step", in: "~SEQ(I,1,2,6) s${I}", want: []string{"s1", "s3", "s5"}},
		{name: "step downwards", in: "~SEQ(I,6,-2,1) s${I}", want: []string{"s6", "s4", "s2"}},
		{name: "one", in: "~SEQ(I,5,5) s${I}", want: []string{"s5"}},
		{name: "one with a step", in: "~SEQ(I,5,9,5) s${I}", want: []string{"s5"}},
		{name: "negative end", in: "~SEQ(I,-2) s${I}", want: []string{"s-1", "s-2"}},
		{name: "end 0", in: "~SEQ(I,0) s${I}", want: []string{"s1", "s0"}},
		{name: "through 0", in: "~SEQ(I,-1,1) s${I}", want: []string{"s-1", "s0", "s1"}},
		{name: "hexadecimal output", in: "~SEQx(I,9,11) s${I}", want: []string{"s9", "sa", "sb"}},
		{name: "hexadecimal input", in: "~SEQ(I,0x10,17) s${I}", want: []string{"s16", "s17"}},
		{name: "octal input", in: "~SEQ(I,010,9) s${I}", want: []string{"s8", "s9"}},
		{name: "plus sign", in: "~SEQ(I,1 ,+2) s${I}", want: []string{"s1", "s2"}},
		{name: "blanks", in: "~SEQ( I , 2 ) s${I}", want: []string{"s1", "s2"}},
		{name: "blank before the parenthesis", in: "~SEQ (I,2) s${I}", want: []string{"s1", "s2"}},
		{name: "no blank behind it", in: "~SEQ(I,2)s${I}", want: []string{"s1", "s2"}},
		{name: "nothing behind it", in: "~SEQ(I,2)\nx", want: []string{"x"}},
		{name: "name that begins with a digit", in: "~SEQ(9I,2) x", want: []string{"x", "x"}},
		{name: "number by parameter", in: "$N=3\n~SEQ(I,$N) s${I}", want: []string{"s1", "s2", "s3"}},
		{name: "numbers by parameter", in: "$N=3\n$M=2\n~SEQ(I,${M},${N}) s${I}", want: []string{"s2", "s3"}},
		{name: "name by parameter", in: "$N=I\n~SEQ($N,2) s${I}", want: []string{"s1", "s2"}},
		{name: "old value does not count", in: "$I=9\n~SEQ(I,2) s${I}", want: []string{"s1", "s2"}},
		{name: "last value stays", in: "~SEQ(I,2) s${I}\nx $I", want: []string{"s1", "s2", "x 2"}},
		{name: "nested", in: "~SEQ(A,1,2) ~SEQ(B,1,2) x${A}${B}", want: []string{"x11", "x12", "x21", "x22"}},
		{name: "inner depends on outer", in: "~SEQ(A,1,3) ~SEQ(B,1,$A) x${A}${B}", want: []string{"x11", "x21", "x22", "x31", "x32", "x33"}},
		{name: "parameter of several lines", in: "$M= \\\nl1 ${I} \\\nl2\n~SEQ(I,1,2) $M", want: []string{"l1 1", "l2", "l1 2", "l2"}},
		{name: "whole in a parameter", in: "$T=~SEQ(I,1,2) v${I}\n$T", want: []string{"v1", "v2"}},
		{name: "definition behind it", in: "~SEQ(I,1,2) $D=${I}0\nx $D", want: []string{"x 20"}},
		{name: "in a block", in: "b {\n~SEQ(I,1,2) 10.0.0.$I dev eth$I\n}", want: []string{"b {", "10.0.0.1 dev eth1", "10.0.0.2 dev eth2", "}"}},
		{name: "not at the start", in: "a ~SEQ(I,2) b", want: []string{"a ~SEQ(I,2) b"}},
		{name: "another word", in: "~FOO(x) y", want: []string{"~FOO(x) y"}},
		{name: "step 0", in: "~SEQ(I,1,0,3) x", codes: bad},
		{name: "wrong direction", in: "~SEQ(I,1,-1,3) x", codes: bad},
		{name: "wrong direction downwards", in: "~SEQ(I,3,1,1) x", codes: bad},
		{name: "no end", in: "~SEQ(I) x", codes: bad},
		{name: "no number", in: "~SEQ(I,a) x", codes: bad},
		{name: "number with a tail", in: "~SEQ(I,3x) x", codes: bad},
		{name: "binary is not known to C", in: "~SEQ(I,0b11) x", codes: bad},
		{name: "underscores neither", in: "~SEQ(I,1_0) x", codes: bad},
		{name: "number too big", in: "~SEQ(I,99999999999) x", codes: bad},
		{name: "empty number", in: "~SEQ(I,,3) x", codes: bad},
		{name: "too many", in: "~SEQ(I,1,2,3,4) x", codes: bad},
		{name: "hexadecimal and negative", in: "~SEQx(I,-1) x", codes: bad},
		{name: "no parentheses", in: "~SEQ x", codes: bad},
		{name: "no end of them", in: "~SEQ(I,2 x", codes: bad},
		{name: "no start of them", in: "~SEQ I,2) x", codes: bad},
		{name: "no name", in: "~SEQ(,2) x", codes: bad},
		{name: "odd name", in: "~SEQ(a-b,2) x", codes: bad},
		{name: "undefined parameter", in: "~SEQ(I,${N}) x", codes: []string{"1:8 error parameter"}},
		{name: "undefined parameter without braces", in: "~SEQ(I,$N) x", codes: bad},
	})
}

func TestLST(t *testing.T) {
	t.Parallel()
	bad := []string{"1:1 error sequence"}
	expand(t, []expansion{
		{name: "values", in: "~LST(V,a,b) x ${V}", want: []string{"x a", "x b"}},
		{name: "blanks", in: "~LST( V , a,  b ) x [${V}]", want: []string{"x [a]", "x [b]"}},
		{name: "one value", in: "~LST(V,a) x ${V}", want: []string{"x a"}},
		{name: "empty value", in: "~LST(V,) x[${V}]", want: []string{"x[]"}},
		{name: "empty value before another", in: "~LST(V,,b) x[${V}]", want: []string{"x[]", "x[b]"}},
		{name: "tuples", in: "~LST({A,B},{1,2},{3,4}) x ${A} ${B}", want: []string{"x 1 2", "x 3 4"}},
		{name: "blanks in tuples", in: "~LST({A,B}, {1 , 2}) x ${A}.${B}", want: []string{"x 1.2"}},
		{name: "missing members", in: "~LST({A,B},{1},{,2},{}) x ${A},${B}", want: []string{"x 1,", "x ,2", "x ,"}},
		{name: "plain values for a tuple", in: "~LST({A,B},1,2) x ${A},${B}", want: []string{"x 1,", "x 2,"}},
		{name: "tuples for a plain name", in: "~LST(V,{1},{2}) x ${V}", want: []string{"x 1", "x 2"}},
		{name: "tuple of one name", in: "~LST({A},{1},{2}) x ${A}", want: []string{"x 1", "x 2"}},
		{name: "values by parameter", in: "$X=a,b\n~LST(V,$X,c) x ${V}", want: []string{"x a", "x b", "x c"}},
		{name: "with a sequence in it", in: "~LST(V,a,b) ~SEQ(B,1,2) ${V}${B}", want: []string{"a1", "a2", "b1", "b2"}},
		{name: "in a sequence", in: "~SEQ(B,1,2) ~LST(V,a,b) ${B}${V}", want: []string{"1a", "1b", "2a", "2b"}},
		{name: "addresses", in: "~LST({IP,DEV},{10.0.0.1/24,eth0},{fe80::1,eth1}) ${IP} dev ${DEV}", want: []string{"10.0.0.1/24 dev eth0", "fe80::1 dev eth1"}},
		{name: "name that begins with a digit", in: "~LST(9,a) x", want: []string{"x"}},
		{name: "nothing behind it", in: "~LST(V,a,b)"},
		{name: "too many values", in: "~LST({A,B},{1},{3,4,5}) x", codes: bad},
		{name: "tuple for a plain name", in: "~LST(V,{1,2}) x", codes: bad},
		{name: "no values", in: "~LST(V) x", codes: bad},
		{name: "blank in a value", in: "~LST(V,a b) x", codes: bad},
		{name: "blank in a name", in: "~LST({A B},{1,2}) x", codes: bad},
		{name: "no comma", in: "~LST({A,B},{1,2} {3,4}) x", codes: bad},
		{name: "open brace", in: "~LST({A,B,{1,2) x", codes: bad},
		{name: "brace within a value", in: "~LST(V,a{b}) x", codes: bad},
		{name: "no parentheses", in: "~LST V,a", codes: bad},
		{name: "letters before the parenthesis", in: "~LSTx(V,a) y", codes: bad},
		{name: "undefined parameter", in: "~LST(V,${Q}) x", codes: []string{"1:8 error parameter"}},
		{name: "undefined parameter without braces", in: "~LST(V,$Q) x ${V}y", want: []string{"x $Qy"}},
	})
}

// TestSequenceMessages: each says what is wrong with the line.
func TestSequenceMessages(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"~SEQ(I,1,0,3) x":   "~SEQ: the step is 0; the line is ignored",
		"~SEQ(I,1,-1,3) x":  "~SEQ: the step leads away from the end; the line is ignored",
		"~SEQ(I,1,z) x":     `~SEQ: "z" is no number; the line is ignored`,
		"~SEQ(I J,1) x":     `~SEQ: "I J" is no name of a variable; the line is ignored`,
		"~SEQx(I,-1) x":     "~SEQ: hexadecimal numbers cannot be negative; the line is ignored",
		"~SEQ x":            "~SEQ: no parentheses; the line is ignored",
		"~LST(V) x":         "~LST: no values; the line is ignored",
		"~LST({A},{1,2}) x": "~LST: {1,2} has 2 values for 1 variables; the line is ignored",
	} {
		_, s := expandText(in)
		diff(t, in, want, s.c.list[0].Message)
	}
}

// TestNumberRange goes to the ends of what a number can be.
func TestNumberRange(t *testing.T) {
	t.Parallel()
	lines, s := expandText("~SEQ(I,2147483646,0x7fffffff) x${I}\n~SEQ(I,-2147483647,-2147483648) x${I}\n~SEQ(I,4294967290,4,4294967295) x$I")
	diff(t, "lines", []string{"x2147483646", "x2147483647", "x-2147483647", "x-2147483648", "x4294967290", "x4294967294"}, lines)
	diff(t, "diagnostics", []string{}, said(s.c.list))
}

func TestSequenceInALoad(t *testing.T) {
	t.Parallel()
	l := loadText("$NET=10.0.0\n" + strings.Replace(instanceText(), "10.0.0.100/24", "~SEQ(I, 1, 20) ${NET}.${I}/24", 1))
	diff(t, "diagnostics", []string{}, said(l.Diagnostics))
	diff(t, "addresses", 20, len(l.Config.Instances[0].VIPs))
}
