// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vipward/internal/lab"
)

// webPage is a pair's file as it is copied from a web page: the indentation is made of
// no-break spaces. testdata/webpage.conf holds it with <name> for what is adapted.
func webPage(t *testing.T, node int, script string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "webpage.conf"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(
		"<router>", []string{"LVS_MAIN", "LVS_BCKP"}[node],
		"<state>", []string{"MASTER", "BACKUP"}[node],
		"<priority>", fmt.Sprint(priorities[node]),
		"<self>", nodeAddr[node],
		"<peer>", nodeAddr[1-node],
		"<vip>", vip,
		"<notify>", script,
	).Replace(string(b))
	var page strings.Builder
	for line := range strings.Lines(text) {
		rest := strings.TrimLeft(line, " ")
		page.WriteString(strings.Repeat("\u00a0 ", (len(line)-len(rest))/2) + rest)
	}
	return page.String()
}

// TestWebPagePair runs the pair that people paste from wikis, no-break spaces and all: it
// is said once where the first of them is, and everything works.
func TestWebPagePair(t *testing.T) {
	t.Parallel()
	if !needIPVS(t) {
		return
	}
	hook := newRecorder(t)
	f := newNATFarm(t)
	var configs [2]string
	for i := range configs {
		configs[i] = webPage(t, i, hook.script)
		// The servers' way back must pass the master: the inner gateway moves along.
		configs[i] = strings.Replace(configs[i], vip+"/24\n", vip+"/24\n"+innerVIP+"/24 dev eth1\n", 1)
	}
	f.start(twoVipwards, configs)
	for _, d := range f.daemon {
		d.WaitLine(`(?i)no-break space`, patient)
		if n := d.Count(0, `(?i)no-break space`); n != 1 {
			t.Errorf("said %d times: %q", n, d.All())
		}
		if n := d.Count(0, `(?i)unknown keyword`); n != 0 {
			t.Errorf("%d unknown keywords: %q", n, d.All())
		}
	}
	for _, lb := range f.lb {
		waitTable(t, lb,
			"-A -t 192.0.2.100:80 -s wlc -p 600",
			"-a -t 192.0.2.100:80 -r 198.51.100.50:80 -m -w 100",
			"-a -t 192.0.2.100:80 -r 198.51.100.60:80 -m -w 100",
			"-A -t 192.0.2.100:8080 -s wlc -p 600",
			"-a -t 192.0.2.100:8080 -r 198.51.100.50:8080 -m -w 100",
			"-a -t 192.0.2.100:8080 -r 198.51.100.60:8080 -m -w 100",
		)
	}
	for _, port := range []string{"80", "8080"} {
		if who, err := f.client.Get("http://" + vip + ":" + port + "/"); err != nil || !strings.HasPrefix(who, "web") {
			t.Errorf("port %s: answer %q, %v", port, who, err)
		}
	}
	lab.Wait(t, patient, "notify script", func() error {
		for _, want := range []string{"INSTANCE VI_1 MASTER 150", "INSTANCE VI_1 BACKUP 100"} {
			if calls := strings.Join(hook.calls(), "\n"); !strings.Contains(calls, want) {
				return fmt.Errorf("no %q among\n%s", want, calls)
			}
		}
		return nil
	})
	f.masterDies()
}
