// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"reflect"
	"testing"
	"time"
)

// readWith reads the words of text with a value, as if they stood behind key.
func readWith(v value, text string) (any, bool, []string) {
	c := newCollector()
	n := nodeOf(c, "key "+text)
	d := &decoder{c: c, draft: &draft{}}
	got, ok := v.read(d, &v, n)
	return got, ok, said(c.list)
}

type valueTest struct {
	in    string
	want  any // nil: none
	codes []string
}

func checkValues(t *testing.T, v value, tests []valueTest) {
	t.Helper()
	for _, tt := range tests {
		got, ok, codes := readWith(v, tt.in)
		if ok != (tt.want != nil) || ok && !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s %q: got %v, %v, want %v", v.name, tt.in, got, ok, tt.want)
		}
		diff(t, v.name+" "+tt.in, tt.codes, codes)
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	bad := []string{"1:5 error number"}
	checkValues(t, number(1, 255), []valueTest{
		{in: "1", want: 1},
		{in: "255", want: 255},
		{in: "007", want: 7},
		{in: "+5", want: 5},
		{in: `" 50"`, want: 50},
		{in: "7 8 9", want: 7}, // what follows is ignored
		{in: "0", codes: bad},
		{in: "256", codes: bad},
		{in: "-1", codes: bad},
		{in: "99999999999999999999", codes: bad},
		{in: "5x", codes: bad},
		{in: "0x20", codes: bad},
		{in: "5.0", codes: bad},
		{in: `""`, codes: bad},
		{in: "<num>", codes: bad},
		{in: "", codes: []string{"1:1 fatal missing-argument"}},
	})
}

func TestNumberMessages(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"priority 256", "priority: 256 is outside 1 to 255; 100 is used"},
		{"priority abc", `priority: "abc" is not a whole number; 100 is used`},
		{"down_timer_adverts 0", "down_timer_adverts: 0 is outside 1 to 100; ignored"},
		{"advert_int 300", "advert_int: 300 is outside 0.01 to 255 seconds; ignored"},
		{"advert_int 1s", `advert_int: "1s" is not a number of seconds; ignored`},
		{"state UP", `state: unknown "UP", not one of MASTER, BACKUP; BACKUP is used`},
		{"smtp_alert maybe", `smtp_alert: "maybe" is neither on nor off; ignored`},
	}
	for _, tt := range tests {
		l := loadText(instanceText(tt.text))
		if len(l.Diagnostics) != 1 {
			t.Errorf("%s: %v", tt.text, said(l.Diagnostics))
			continue
		}
		diff(t, tt.text, tt.want, l.Diagnostics[0].Message)
	}
}

func TestTimer(t *testing.T) {
	t.Parallel()
	bad := []string{"1:5 error number"}
	checkValues(t, timer(0.01, 255, 6), []valueTest{
		{in: "1", want: time.Second},
		{in: "0.01", want: 10 * time.Millisecond},
		{in: "255", want: 255 * time.Second},
		{in: ".5", want: 500 * time.Millisecond},
		{in: "2.", want: 2 * time.Second},
		{in: "1.000001", want: time.Second + time.Microsecond},
		{in: "1.0000014", want: time.Second + time.Microsecond, codes: []string{"1:5 warning precision"}},
		{in: "1.0000015", want: time.Second + 2*time.Microsecond, codes: []string{"1:5 warning precision"}},
		{in: "0.1", want: 100 * time.Millisecond},
		{in: "0.009", codes: bad},
		{in: "255.1", codes: bad},
		{in: "-1", codes: bad},
		{in: "1e2", codes: bad},
		{in: "1.2.3", codes: bad},
		{in: ".", codes: bad},
		{in: "1s", codes: bad},
		{in: "NaN", codes: bad},
		{in: "", codes: []string{"1:1 fatal missing-argument"}},
	})
	checkValues(t, timer(0.001, 10, 3), []valueTest{
		{in: "0.001", want: time.Millisecond},
		{in: "0.0015", want: 2 * time.Millisecond, codes: []string{"1:5 warning precision"}},
	})
}

func TestSeconds(t *testing.T) {
	t.Parallel()
	checkValues(t, seconds(0, 10), []valueTest{
		{in: "0", want: time.Duration(0)},
		{in: "10", want: 10 * time.Second},
		{in: "0.5", codes: []string{"1:5 error number"}},
		{in: "11", codes: []string{"1:5 error number"}},
		{in: "", codes: []string{"1:1 fatal missing-argument"}},
	})
}

func TestBoolean(t *testing.T) {
	t.Parallel()
	bad := []string{"1:5 error value"}
	checkValues(t, boolean, []valueTest{
		{in: "", want: true},
		{in: "on", want: true},
		{in: "yes", want: true},
		{in: "true", want: true},
		{in: "off", want: false},
		{in: "no", want: false},
		{in: "false", want: false},
	})
	// A bad word has no value, and the setting is left alone.
	for _, word := range []string{"On", "TRUE", "1", "maybe"} {
		_, ok, codes := readWith(boolean, word)
		if ok {
			t.Errorf("%q is taken for a boolean", word)
		}
		diff(t, word, bad, codes)
	}
}

func TestFlag(t *testing.T) {
	t.Parallel()
	checkValues(t, noValue, []valueTest{
		{in: "", want: true},
		{in: "on", want: true},
		{in: "whatever", want: true},
		{in: "off", want: true, codes: []string{"1:5 note no-effect"}},
		{in: "no", want: true, codes: []string{"1:5 note no-effect"}},
	})
}

func TestAddressValue(t *testing.T) {
	t.Parallel()
	bad := []string{"1:5 error address"}
	checkValues(t, address, []valueTest{
		{in: "10.0.0.1", want: netip.MustParseAddr("10.0.0.1")},
		{in: "10.0.0.1/24", want: netip.MustParseAddr("10.0.0.1")},
		{in: "fd00::1", want: netip.MustParseAddr("fd00::1")},
		{in: "fd00::1/64", want: netip.MustParseAddr("fd00::1")},
		{in: "::ffff:10.0.0.1", want: netip.MustParseAddr("10.0.0.1")},
		{in: "10.0.0.300", codes: bad},
		{in: "10.0.0", codes: bad},
		{in: "fe80::1%eth0", codes: bad},
		{in: "host", codes: bad},
		{in: "", codes: []string{"1:1 fatal missing-argument"}},
	})
}

func TestHostPort(t *testing.T) {
	t.Parallel()
	checkValues(t, hostPort, []valueTest{
		{in: "10.0.0.1", want: "10.0.0.1"},
		{in: "10.0.0.1 25", want: "10.0.0.1:25"},
		{in: "mail.example 587", want: "mail.example:587"},
		{in: "fd00::1 25", want: "[fd00::1]:25"},
		{in: "fd00::1", want: "fd00::1"},
		{in: "10.0.0.1 99999", want: "10.0.0.1", codes: []string{"1:14 error number"}},
		{in: "", codes: []string{"1:1 fatal missing-argument"}},
	})
}

func TestPersistence(t *testing.T) {
	t.Parallel()
	checkValues(t, persistence, []valueTest{
		{in: "", want: 360 * time.Second},
		{in: "600", want: 600 * time.Second},
		{in: "2678400", want: 31 * 24 * time.Hour},
		{in: "0", codes: []string{"1:5 error number"}},
		{in: "2678401", codes: []string{"1:5 error number"}},
		{in: "abc", codes: []string{"1:5 error number"}},
	})
}

func TestProtocol(t *testing.T) {
	t.Parallel()
	checkValues(t, protocol, []valueTest{
		{in: "TCP", want: TCP},
		{in: "udp", want: UDP},
		{in: "Sctp", want: SCTP},
		{in: "icmp", codes: []string{"1:5 error value"}},
	})
}

func TestEndpoint(t *testing.T) {
	t.Parallel()
	addr := netip.MustParseAddr("10.0.0.1")
	checkValues(t, service, []valueTest{
		{in: "10.0.0.1 80", want: endpoint{addr, 80}},
		{in: "10.0.0.1", want: endpoint{addr, 0}},
		{in: "10.0.0.1 0", want: endpoint{addr, 0}},
		{in: "fd00::1 443", want: endpoint{netip.MustParseAddr("fd00::1"), 443}},
		{in: "10.0.0.1 65536", codes: []string{"1:14 error number"}},
		{in: "10.0.0.1 http", codes: []string{"1:14 error number"}},
		{in: "10.0.0.1/24 80", want: endpoint{addr, 80}},
		{in: "@IP @Port", codes: []string{"1:5 error address"}},
	})
}

func TestWeight(t *testing.T) {
	t.Parallel()
	checkValues(t, weight(253), []valueTest{
		{in: "0", want: weighting{}},
		{in: "-253", want: weighting{n: -253}},
		{in: "253", want: weighting{n: 253}},
		{in: "254", want: weighting{n: 253}, codes: []string{"1:5 error number"}},
		{in: "-254", want: weighting{n: -253}, codes: []string{"1:5 error number"}},
		{in: "255", codes: []string{"1:5 error number"}},
		{in: "5 reverse", want: weighting{5, true}},
		{in: "5 backward", want: weighting{n: 5}, codes: []string{"1:7 error value"}},
	})
	checkValues(t, weight(254), []valueTest{
		{in: "-254 reverse", want: weighting{-254, true}},
		{in: "255", codes: []string{"1:5 error number"}},
	})
}

func TestUserGroup(t *testing.T) {
	t.Parallel()
	pos := Pos{File: "f", Line: 1, Col: 5}
	checkValues(t, userGroup, []valueTest{
		{in: "u", want: account{user: "u", pos: pos}},
		{in: "u g", want: account{user: "u", group: "g", pos: pos}},
		{in: "u :g", want: account{user: "u", group: "g", supplementary: true, pos: pos}},
		{in: "", codes: []string{"1:1 fatal missing-argument"}},
	})
}

// TestMissingArgumentExplains: the hint says what the keyword takes.
func TestMissingArgumentExplains(t *testing.T) {
	t.Parallel()
	l := loadText(instanceText("advert_int"))
	want := Diagnostic{
		Pos: Pos{File: "f", Line: firstExtra, Col: 1}, Severity: Fatal, Code: "missing-argument", Class: ClassMissingParameter,
		Message: "advert_int is missing its argument",
		Hint:    "advert_int SECONDS 0.01-255: interval of adverts", Source: "advert_int",
	}
	diff(t, "diagnostics", []Diagnostic{want}, l.Diagnostics)
}
