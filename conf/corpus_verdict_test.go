// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// verdict is what a configuration test makes of a file.
type verdict struct {
	exit  int
	class string // clean, env-only, config
}

// corpusClasses are the files whose class is not keepalived's, and why. The same list
// stands in docs/compatibility.md.
var corpusClasses = map[string]string{
	"wild/137-vrrp-script.conf": "a script whose user is missing is not there to be tracked: we name the user only",
	"wild/208-vrrp-script.conf": "a script that is missing cannot have a weight that does nothing: we say both",
}

// corpusExits are the files whose exit code alone is not keepalived's, and why.
var corpusExits = map[string]string{
	"wild/060-vrrp.conf":        "a network namespace that is missing makes keepalived pass everything",
	"wild/064-vrrp-script.conf": "a script below a linked directory is safe when the directories are",
	"wild/127-unicast.conf":     "the name of a mail server is not looked up",
}

// corpusHost is the machine on which keepalived was asked: every interface that a file
// names is there, and next to no scripts and users.
type corpusHost struct{}

// corpusCommands are the commands of the files that were there.
var corpusCommands = []string{"killall", "pidof", "pgrep", "curl", "systemctl", "bash", "sh", "test", "true", "false", "echo", "grep", "kill", "rm", "touch", "ip", "service", "python3"}

func (corpusHost) Interface(name string) (HostInterface, bool) {
	return HostInterface{Loopback: name == "lo", Multicast: name != "lo"}, true
}

func (corpusHost) User(name string) bool  { return name == "root" || name == "nobody" }
func (corpusHost) Group(name string) bool { return name == "root" || name == "nogroup" }

func (corpusHost) Executable(name string) error {
	dir, base := filepath.Split(name)
	switch dir {
	case "", "/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/":
		if slices.Contains(corpusCommands, base) {
			return nil
		}
	}
	return fs.ErrNotExist
}

// ours is our verdict on a file.
func ours(path string) verdict {
	l := Load(path)
	l.CheckHost(corpusHost{})
	v := verdict{exit: TestExit(l.Diagnostics), class: "clean"}
	for _, d := range l.Diagnostics {
		switch {
		case d.Severity == Note || l.Missing:
		case d.Cause == FromConfiguration:
			v.class = "config"
		case v.class == "clean":
			v.class = "env-only"
		}
	}
	return v
}

// readVerdicts reads keepalived's verdicts: file, exit, two counts, class.
func readVerdicts(t *testing.T, name string) (map[string]verdict, []string) {
	t.Helper()
	table, err := os.ReadFile(filepath.Join(corpus, name))
	if err != nil {
		t.Fatal(err)
	}
	all, order := map[string]verdict{}, []string{}
	for _, row := range strings.Split(strings.TrimSpace(string(table)), "\n")[1:] {
		f := strings.Split(row, "\t")
		exit, err := strconv.Atoi(f[1])
		if err != nil || len(f) < 5 {
			t.Fatalf("%s: row %q", name, row)
		}
		all[f[0]] = verdict{exit, f[4]}
		order = append(order, f[0])
	}
	return all, order
}

// TestCorpusVerdicts compares with keepalived 2.4.3: it complains of the text of a file
// if and only if we do, and ends with the same code.
func TestCorpusVerdicts(t *testing.T) {
	t.Parallel()
	if !haveCorpus(t) {
		return
	}
	want, order := readVerdicts(t, "verdicts-2.4.3.tsv")
	classes, exits := 0, 0
	for _, file := range order {
		got := ours(filepath.Join(corpus, file))
		known := corpusClasses[file] + corpusExits[file]
		switch {
		case (got.class == "config") != (want[file].class == "config"):
			classes++
			t.Log(difference(file, got, want[file], known))
			if corpusClasses[file] == "" {
				t.Errorf("%s: class %s, keepalived's is %s", file, got.class, want[file].class)
			}
		case known != "" && got.exit == want[file].exit:
			t.Errorf("%s agrees by now: %s", file, known)
		}
		if got.exit != want[file].exit {
			if known == "" {
				t.Errorf("%s: exit code %d, keepalived's is %d", file, got.exit, want[file].exit)
			}
			exits++
			t.Log(difference(file, got, want[file], known))
		}
	}
	n := len(order)
	t.Logf("%d files: %d differ in class, %d in exit code", n, classes, exits)
	if classes > 5 || exits*100 > n*3 {
		t.Errorf("of %d files %d differ in class (5 may) and %d in exit code (%d may)", n, classes, exits, n*3/100)
	}
}

func difference(file string, got, keepalived verdict, why string) string {
	if why == "" {
		why = "not explained"
	}
	return fmt.Sprintf("%s: %s %d, keepalived %s %d: %s", file, got.class, got.exit, keepalived.class, keepalived.exit, why)
}
