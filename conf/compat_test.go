// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var compatHead = regexp.MustCompile(`(?m)^### (.*) = (\d+)(, keepalived \d+: .*)?\n`)

// TestCompat compares exit codes of the configuration test with those that the
// real keepalived was seen to give for the same text.
func TestCompat(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/compat*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, f := range files {
		compareExits(t, f)
	}
}

func compareExits(t *testing.T, file string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	heads := compatHead.FindAllStringSubmatchIndex(text, -1)
	if len(heads) < 100 {
		t.Fatalf("only %d cases", len(heads))
	}
	host := fakeHost{
		interfaces: map[string]HostInterface{"eth0": {Multicast: true}, "lo": {Loopback: true}},
		accounts:   "root", commands: "/bin/true /bin/false",
	}
	for i, h := range heads {
		end := len(text)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		body := text[h[1]:end]
		t.Run(text[h[2]:h[3]], func(t *testing.T) {
			t.Parallel()
			want, err := strconv.Atoi(text[h[4]:h[5]])
			if err != nil {
				t.Fatal(err)
			}
			l := loadText(body)
			l.CheckHost(host)
			if got := TestExit(l.Diagnostics); got != want {
				var b strings.Builder
				Print(&b, l.Diagnostics)
				t.Errorf("exit code %d, want %d for\n%s%s", got, want, body, b.String())
			}
		})
	}
}
