// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpus is a collection of real configurations with keepalived's verdicts. It is
// not part of this repository; where it is not at hand these tests have nothing
// to compare with and say so.
const corpus = "../../shared/corpus"

func haveCorpus(t *testing.T) bool {
	t.Helper()
	_, err := os.Stat(corpus)
	if err != nil {
		t.Logf("no collection of configurations at %s: nothing to compare", corpus)
	}
	return err == nil
}

// TestCorpusIsRead loads every file: no panic, a place in every diagnostic, and a
// snapshot that gives the same configuration.
func TestCorpusIsRead(t *testing.T) {
	t.Parallel()
	if !haveCorpus(t) {
		return
	}
	n := 0
	err := filepath.WalkDir(corpus, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		l := Load(path)
		for _, d := range l.Diagnostics {
			if d.File == "" || d.Line == 0 && d.Code != codeFileMissing.id || d.Message == "" || d.Code == "" {
				t.Errorf("%s: incomplete diagnostic %#v", path, d)
			}
		}
		if l.Fatal() {
			return nil
		}
		b, err := l.Snapshot()
		if err != nil {
			return err
		}
		got, err := FromSnapshot(b)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return nil
		}
		diff(t, path, l.Config, got)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 200 {
		t.Errorf("only %d files", n)
	}
}

// TestCorpusSeeds: the pair that was pasted from a web page runs.
func TestCorpusSeeds(t *testing.T) {
	t.Parallel()
	if !haveCorpus(t) {
		return
	}
	for _, name := range []string{"seed-master.conf", "seed-backup.conf"} {
		l := Load(filepath.Join(corpus, "seed", name))
		diff(t, name, []string{"2:1 warning odd-blank"}, said(l.Diagnostics))
		if l.Fatal() {
			t.Fatalf("%s is refused", name)
		}
		diff(t, "instances", 1, len(l.Config.Instances))
		diff(t, "virtual servers", 2, len(l.Config.VirtualServers))
		diff(t, "peers", 1, len(l.Config.Instances[0].Peers))
		diff(t, "checks", 1, len(l.Config.VirtualServers[0].RealServers[0].Checkers))
	}
}

// TestCorpusVerdicts compares with keepalived's verdict for each file that uses
// only what is supported: keepalived complains of the text if and only if we do.
func TestCorpusVerdicts(t *testing.T) {
	t.Parallel()
	if !haveCorpus(t) {
		return
	}
	table, err := os.ReadFile(filepath.Join(corpus, "verdicts-2.4.3.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	// A script dropped for its user is no longer there to be tracked: keepalived
	// says so of the text, but the user is what is missing.
	known := map[string]bool{"wild/137-vrrp-script.conf": true, "wild/208-vrrp-script.conf": true}
	compared, skipped := 0, 0
	for _, row := range strings.Split(string(table), "\n")[1:] {
		f := strings.Split(row, "\t")
		if len(f) < 5 {
			continue
		}
		ours, supported := verdict(Load(filepath.Join(corpus, f[0])))
		if !supported {
			skipped++
			continue
		}
		compared++
		if theirs := f[4] == "config"; ours != theirs && !known[f[0]] {
			t.Errorf("%s: keepalived complains of the text: %v, we: %v", f[0], theirs, ours)
		}
	}
	t.Logf("%d files compared, %d use what is not supported yet", compared, skipped)
	if compared < 100 {
		t.Errorf("only %d files compared", compared)
	}
}

// verdict says whether the text is complained of, and whether all that it uses is
// supported.
func verdict(l *Loaded) (complaint, supported bool) {
	supported = true
	for _, d := range l.Diagnostics {
		supported = supported && d.Code != codeNotSupported.id
		complaint = complaint || d.Severity > Note && d.Cause == FromConfiguration
	}
	return complaint, supported
}
