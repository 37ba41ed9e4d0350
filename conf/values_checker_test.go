// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"strings"
	"testing"
)

func TestSoft(t *testing.T) {
	t.Parallel()
	checkValues(t, soft(text), []valueTest{
		{in: "a", want: "a"},
		{in: "a b", want: "a"},
		{in: `""`, want: ""},
		{in: "", codes: []string{"1:1 error value"}},
	})
	// A quote without an end was reported where the line was read.
	checkValues(t, soft(text), []valueTest{{in: `"a`, codes: []string{"1:5 error quote"}}})
}

func TestObsolete(t *testing.T) {
	t.Parallel()
	checkValues(t, obsolete(number(0, 9), "write another"), []valueTest{
		{in: "5", want: 5, codes: []string{"1:1 warning deprecated"}},
		// One diagnostic for one line.
		{in: "x", codes: []string{"1:5 error number"}},
		{in: "", codes: []string{"1:1 fatal missing-argument"}},
	})
}

func TestOneWord(t *testing.T) {
	t.Parallel()
	checkValues(t, oneWord, []valueTest{
		{in: "a", want: "a"},
		{in: `"a b"`, want: "a b"},
		{in: "a b", codes: []string{"1:7 warning extra-argument"}},
		{in: "", codes: []string{"1:1 error value"}},
	})
}

func TestAnyCase(t *testing.T) {
	t.Parallel()
	checkValues(t, anyCase("A", "SOA"), []valueTest{
		{in: "A", want: "A"},
		{in: "soa", want: "SOA"},
		{in: "sOa x", want: "SOA"},
		{in: "PTR", codes: []string{"1:5 error value"}},
		{in: "", codes: []string{"1:1 fatal missing-argument"}},
	})
}

func TestInterfaceName(t *testing.T) {
	t.Parallel()
	checkValues(t, interfaceName, []valueTest{
		{in: "eth0", want: "eth0"},
		{in: strings.Repeat("a", 15), want: strings.Repeat("a", 15)},
		{in: strings.Repeat("a", 16), codes: []string{"1:5 error value"}},
		{in: "", codes: []string{"1:1 fatal missing-argument"}},
	})
}

func TestEngine(t *testing.T) {
	t.Parallel()
	checkValues(t, engine, []valueTest{
		{in: "sip", want: "sip"},
		{in: strings.Repeat("a", 16), want: strings.Repeat("a", 16)},
		{in: strings.Repeat("a", 17), want: strings.Repeat("a", 16), codes: []string{"1:5 warning adjusted"}},
		{in: "", codes: []string{"1:1 fatal missing-argument"}},
	})
}

func TestDomain(t *testing.T) {
	t.Parallel()
	empty := []string{"1:5 error value"}
	long := []string{"1:5 note value"}
	label := strings.Repeat("a", 63)
	checkValues(t, domain, []valueTest{
		{in: ".", want: "."},
		{in: "a", want: "a"},
		{in: "a.example", want: "a.example"},
		{in: "www.example.com.", want: "www.example.com."},
		{in: label + ".b", want: label + ".b"},
		{in: label + "a.b", want: label + "a.b", codes: long},
		{in: strings.Repeat(label+".", 4), want: strings.Repeat(label+".", 4), codes: long},
		{in: "a..b", codes: empty},
		{in: ".a", codes: empty},
		{in: "..", codes: empty},
		{in: "a..", codes: empty},
		{in: `""`, codes: empty},
		{in: "", codes: []string{"1:1 fatal missing-argument"}},
	})
}

func TestHexBytes(t *testing.T) {
	t.Parallel()
	bad := []string{"1:5 error value"}
	checkValues(t, hexBytes, []valueTest{
		{in: "00ff", want: []byte{0, 0xff}},
		{in: "00 FF 1234", want: []byte{0, 0xff, 0x12, 0x34}},
		{in: `"00 ff"`, want: []byte{0, 0xff}},
		{in: "123", want: []byte{0x12, 3}, codes: []string{"1:5 note value"}},
		{in: "0X", codes: bad},
		{in: "zz", codes: bad},
		{in: `""`, codes: bad},
		{in: "", codes: []string{"1:1 error value"}},
	})
}

func TestHexPattern(t *testing.T) {
	t.Parallel()
	checkValues(t, hexPattern, []valueTest{
		{in: "", want: pattern{}},
		{in: "1f", want: pattern{[]byte{0x1f}, []byte{0xff}}},
		{in: "1X Xf", want: pattern{[]byte{0x10, 0x0f}, []byte{0xf0, 0x0f}}},
		{in: "xx", want: pattern{[]byte{0}, []byte{0}}},
		{in: "0Z", codes: []string{"1:5 error value"}},
	})
}

func TestFileWeight(t *testing.T) {
	t.Parallel()
	bad := []string{"1:5 error number"}
	checkValues(t, fileWeight, []valueTest{
		{in: "5", want: trackedWeight{weight: 5}},
		{in: "-2147483647", want: trackedWeight{weight: -2147483647}},
		{in: "5 reverse", want: trackedWeight{5, true}},
		{in: "5 noreverse", want: trackedWeight{weight: 5}},
		{in: "5 other", want: trackedWeight{weight: 5}, codes: []string{"1:7 warning extra-argument"}},
		{in: "2147483648", codes: bad},
		{in: "-2147483648", codes: bad},
		{in: "x", codes: bad},
		{in: "", codes: []string{"1:1 error value"}},
	})
}
