// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// vrrpFrame puts the text of a case where it belongs.
func vrrpFrame(frame, text string) string {
	text = strings.ReplaceAll(text, `\n`, "\n")
	const head = "vrrp_instance VI_1 {\ninterface eth0\nvirtual_router_id 51\npriority 100\n"
	instance := func(more string) string {
		return head + more + "\nvirtual_ipaddress {\n10.0.0.100/24\n}\n}\n"
	}
	switch frame {
	case "i":
		return instance(text)
	case "n":
		return head + text + "\n}\n"
	case "g":
		return "global_defs {\n" + text + "\n}\n" + instance("")
	case "t":
		return text + "\n" + instance("")
	case "s":
		return "global_defs {\nenable_script_security\nscript_user root\n}\nvrrp_script s {\nscript /usr/bin/true\n" + text + "\n}\n" + instance("track_script {\ns\n}")
	case "b":
		return "bfd_instance b {\nneighbor_ip 10.0.0.9\n" + text + "\n}\n" + instance("")
	default:
		return ""
	}
}

// namesHost knows no names of iproute2 beyond those that are built in.
type namesHost struct{ fakeHost }

func (namesHost) RouteName(string, string) (int64, bool) { return 0, false }

// TestCompatVRRP compares exit codes of the configuration test with those of the
// real keepalived, value by value.
func TestCompatVRRP(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/exits_vrrp.txt")
	if err != nil {
		t.Fatal(err)
	}
	ethernet := HostInterface{Multicast: true}
	host := namesHost{fakeHost{
		interfaces: map[string]HostInterface{"eth0": ethernet, "eth1": ethernet, "eth2": ethernet, "lo": {Loopback: true}},
		accounts:   "root", commands: "/usr/bin/true /usr/bin/false",
	}}
	n := 0
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		n++
		ours, rest := "", strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(rest, "!") {
			ours, rest, _ = strings.Cut(rest[1:], " ")
			_, rest, _ = strings.Cut(rest, "| ")
		}
		exit, rest, _ := strings.Cut(rest, " ")
		frame, text, _ := strings.Cut(rest, " ")
		if ours != "" {
			exit = ours
		}
		want, err := strconv.Atoi(exit)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		body := vrrpFrame(frame, text)
		l := loadText(body)
		l.CheckHost(host)
		if got := TestExit(l.Diagnostics); got != want {
			var b strings.Builder
			Print(&b, l.Diagnostics)
			t.Errorf("exit code %d, want %d: %s\n%s", got, want, rest, b.String())
		}
	}
	if n < 1000 {
		t.Errorf("only %d cases", n)
	}
}
