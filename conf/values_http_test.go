// SPDX-License-Identifier: Apache-2.0

package conf

import "testing"

func TestDigest(t *testing.T) {
	t.Parallel()
	bad := []string{"1:5 error value"}
	const sum = "0123456789abcdef0123456789abcdef"
	checkValues(t, digest, []valueTest{
		{in: sum, want: sum},
		{in: "0123456789ABCDEF0123456789abcdef", want: sum},
		{in: sum + "00", codes: bad},
		{in: sum[:30], codes: bad},
		{in: sum[:31] + "g", codes: bad},
		{in: "", codes: []string{"1:1 fatal missing-argument"}},
	})
}

func TestStatusCodes(t *testing.T) {
	t.Parallel()
	none := []StatusRange(nil)
	bad := []string{"1:5 error number"}
	checkValues(t, statusCodes, []valueTest{
		{in: "200", want: []StatusRange{{200, 200}}},
		{in: "100-599", want: []StatusRange{{100, 599}}},
		{in: "200 301-302 404", want: []StatusRange{{200, 200}, {301, 302}, {404, 404}}},
		{in: "", want: none},
		{in: "99", want: none, codes: bad},
		{in: "600", want: none, codes: bad},
		{in: "200-600", want: none, codes: bad},
		{in: "299-200", want: none, codes: bad},
		{in: "200,301", want: none, codes: bad},
		{in: "200-", want: none, codes: bad},
		{in: "-200", want: none, codes: bad},
		{in: "+200", want: none, codes: bad},
		{in: "x", want: none, codes: bad},
		// The good ones of a line stay.
		{in: "200 x 404", want: []StatusRange{{200, 200}, {404, 404}}, codes: []string{"1:9 error number"}},
	})
}

func TestRegexText(t *testing.T) {
	t.Parallel()
	note := []string{"1:1 note value"}
	checkValues(t, regexText, []valueTest{
		{in: "abc", want: "abc"},
		{in: `"a b"`, want: "a b"},
		{in: `'a "b"'`, want: `a "b"`},
		{in: `a" b "c`, want: "a b c"},
		{in: `"\x41\102\cA\n"`, want: "AB\x01\n"},
		{in: `"a\.b"`, want: "a.b", codes: note},
		{in: `"\d\w"`, want: "dw", codes: note},
		{in: `"a\\.b"`, want: `a\.b`},
		{in: `"a\"b"`, want: `a"b`},
		{in: "", codes: note},
		{in: `""`, codes: note},
		{in: `"a" b`, codes: note},
		{in: "'a", codes: []string{"1:5 error quote"}},
	})
}

func TestRegexWords(t *testing.T) {
	t.Parallel()
	checkValues(t, regexWords, []valueTest{
		{in: "", want: []string(nil)},
		{in: "caseless", want: []string{"caseless"}},
		{in: "caseless MULTILINE", want: []string{"caseless", "multiline"}},
		{in: "caseles dotall", want: []string{"dotall"}, codes: []string{"1:5 note value"}},
	})
}

func TestOffset(t *testing.T) {
	t.Parallel()
	checkValues(t, offset, []valueTest{
		{in: "0", want: uint64(0)},
		{in: "18446744073709551615", want: uint64(1<<64 - 1)},
		{in: "18446744073709551616", codes: []string{"1:5 note value"}},
		{in: "-1", codes: []string{"1:5 note value"}},
		{in: "x", codes: []string{"1:5 note value"}},
		{in: "", codes: []string{"1:1 note value"}},
	})
}

func TestStackSizes(t *testing.T) {
	t.Parallel()
	checkValues(t, stackSizes, []valueTest{
		{in: "1 2", want: [2]uint64{1, 2}},
		{in: "0 0", want: [2]uint64{}},
		{in: "2 1", codes: []string{"1:1 note value"}},
		{in: "1", codes: []string{"1:1 note value"}},
		{in: "x 1", codes: []string{"1:5 note value"}},
		{in: "", codes: []string{"1:1 note value"}},
	})
}
