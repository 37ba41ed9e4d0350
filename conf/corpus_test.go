// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"io/fs"
	"os"
	"path/filepath"
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
