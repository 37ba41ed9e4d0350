// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vipward/conf"
	"vipward/vrrp/track"
)

// shelf is a disk in memory, with files that are missing until they are put there.
type shelf struct {
	mu      sync.Mutex // guards all below
	text    map[string]string
	watched func(path string, r track.Reading)
	paths   []string
	watches int
	err     error // of the next watch
}

func (s *shelf) disk() disk { return disk{s.init, s.read, s.watch} }

func (s *shelf) init(path string, value int, overwrite bool) error {
	s.mu.Lock()
	_, there := s.text[path]
	s.mu.Unlock()
	if !there || overwrite {
		s.put(path, fmt.Sprint(value))
	}
	return nil
}

func (s *shelf) read(path string) track.Reading {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, ok := track.ParseFile([]byte(s.text[path]))
	if !ok {
		return track.Reading{Invalid: &n}
	}
	return track.Reading{Value: track.File(n)}
}

func (s *shelf) watch(ctx context.Context, _ *slog.Logger, paths []string, emit func(string, track.Reading)) error {
	s.mu.Lock()
	s.watches++
	err := s.err
	s.err, s.watched, s.paths = nil, emit, paths
	s.mu.Unlock()
	if err != nil {
		return err
	}
	for _, p := range paths {
		emit(p, s.read(p))
	}
	<-ctx.Done()
	return nil
}

// put writes a file, and tells whoever watches it.
func (s *shelf) put(path, text string) {
	s.mu.Lock()
	if s.text == nil {
		s.text = map[string]string{}
	}
	s.text[path] = text
	watched := s.watched
	s.mu.Unlock()
	if watched != nil {
		watched(path, s.read(path))
	}
}

// file makes the n-th real server's only check a FILE_CHECK.
func file(cfg *conf.Config, n int, f conf.FileCheck) {
	rs := cfg.VirtualServers[0].RealServers[n]
	rs.Checkers = []*conf.Checker{{CheckSettings: &conf.CheckSettings{Kind: "FILE_CHECK", File: &f}}}
}

// fileBench is the configuration of recording file-check.
func fileBench(t *testing.T) *bench {
	var text strings.Builder
	text.WriteString("vs 10.9.0.1:80\n")
	for i := range 6 {
		fmt.Fprintf(&text, "rs 127.0.0.1%d:80 weight=10\n", i+1)
	}
	b := newBench(t, text.String())
	for i, f := range []struct {
		name    string
		weight  int
		reverse bool
	}{{"w", 2, false}, {"r", 2, true}, {"z", 0, false}, {"d", 3, false}, {"m", 0, false}, {"i", 1, false}} {
		tracked := &conf.TrackedFile{Name: "f" + f.name, Path: "/" + f.name}
		tracked.Init, tracked.InitValue = f.name == "i", 5
		file(b.cfg, i, conf.FileCheck{File: tracked, Weight: f.weight, Reverse: f.reverse})
	}
	return b
}

// said gives the lines but for those of the table.
func (b *bench) said() []string {
	var out []string
	for _, l := range b.log.take() {
		if !strings.HasPrefix(l, "debug: ") {
			out = append(out, l)
		}
	}
	return out
}

// weights gives the table as "server weight", by the last digit of the server.
func (b *bench) weights() string {
	var out []string
	for l := range strings.Lines(b.kernel.String()) {
		if w := strings.Fields(l); w[0] == "-a" {
			out = append(out, strings.TrimSuffix(strings.TrimPrefix(w[4], "127.0.0.1"), ":80")+":"+w[len(w)-1])
		}
	}
	return strings.Join(out, " ")
}

// TestFileCheck plays recording file-check: lines, their order, and the table.
func TestFileCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const of = "[127.0.0.1%d]:tcp:80"
		change := func(n, from, to int) string {
			return fmt.Sprintf("Changing weight from %d to %d for active service "+of+" of VS [10.9.0.1]:tcp:80", from, to, n)
		}
		now := func(n int, name string) []string {
			return []string{
				fmt.Sprintf("("+of+"): tracked file %s now FAULT state", n, name),
				fmt.Sprintf("Removing service "+of+" from VS [10.9.0.1]:tcp:80", n),
			}
		}
		leaving := func(n int, name string) []string {
			return []string{
				fmt.Sprintf("("+of+"): tracked file %s leaving FAULT state", n, name),
				fmt.Sprintf("Adding service "+of+" to VS [10.9.0.1]:tcp:80", n),
			}
		}
		b := fileBench(t)
		b.start()
		b.wait(time.Second)
		if diff := cmp.Diff([]string{"Initializing ipvs", "Gained quorum 1+0=1 <= 65 for VS [10.9.0.1]:tcp:80"}, b.said()); diff != "" {
			t.Errorf("start (-want +got):\n%s", diff)
		}
		const most = 2147483647
		for _, step := range []struct {
			files, text string
			lines       [][]string
			table       string
		}{
			{"", "", nil, "1:10 2:10 3:10 4:10 5:10 6:15"},
			{"wrzd", "4", [][]string{{change(1, 10, 18), change(2, 10, 2)}, now(3, "fz"), {change(4, 10, 22)}}, "1:18 2:2 4:22 5:10 6:15"},
			{"wrzd", "-3", [][]string{{change(1, 18, 4), change(2, 2, 16), change(4, 22, 1)}}, "1:4 2:16 4:1 5:10 6:15"},
			{"wrzd", "-6", [][]string{{change(1, 4, 0), change(2, 16, 22), change(4, 1, 0)}}, "1:0 2:22 4:0 5:10 6:15"},
			{"wrzd", "x", [][]string{{change(1, 0, 10), change(2, 22, 10)}, leaving(3, "fz"), {change(4, 0, 10)}}, "1:10 2:10 4:10 5:10 6:15 3:10"},
			{"wrzd", "", nil, "1:10 2:10 4:10 5:10 6:15 3:10"},
			{"wrzd", "2147483647", [][]string{{change(1, 10, most)}, now(2, "fr"), now(3, "fz"), {change(4, 10, most)}}, "1:2147483647 4:2147483647 5:10 6:15"},
			{"wrzd", "-2147483648", [][]string{now(1, "fw"), leaving(2, "fr"), now(4, "fd")}, "5:10 6:15 2:2147483647"},
			{"wrzd", "99999999999", [][]string{{
				"warn: Invalid number 99999999999 read from /w - ignoring", "warn: Invalid number 99999999999 read from /r - ignoring",
				"warn: Invalid number 99999999999 read from /z - ignoring", "warn: Invalid number 99999999999 read from /d - ignoring",
			}}, "5:10 6:15 2:2147483647"},
			{"wrzd", "1", [][]string{leaving(1, "fw"), {change(2, most, 8)}, leaving(4, "fd")}, "5:10 6:15 2:8 1:12 4:13"},
			{"wz", "0", [][]string{{change(1, 12, 10)}, leaving(3, "fz")}, "5:10 6:15 2:8 1:10 4:13 3:10"},
			{"m", "1", [][]string{now(5, "fm")}, "6:15 2:8 1:10 4:13 3:10"},
		} {
			for _, f := range step.files {
				b.files.put("/"+string(f), step.text)
			}
			b.wait(time.Second)
			var want []string
			for _, l := range step.lines {
				want = append(want, l...)
			}
			if diff := cmp.Diff(want, b.said(), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("files %q: log (-want +got):\n%s", step.text, diff)
			}
			if diff := cmp.Diff(step.table, b.weights()); diff != "" {
				t.Errorf("files %q: table (-want +got):\n%s", step.text, diff)
			}
		}
		b.stop()
	})
}

// TestFileCheckStartsFaulty plays recording live-file-check: a faulty file keeps the server
// out of the first table without a word.
func TestFileCheckStartsFaulty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "vs 10.9.0.1:80\nrs 127.0.0.11:80")
		file(b.cfg, 0, conf.FileCheck{File: &conf.TrackedFile{Name: "ff", Path: "/f"}})
		b.files.put("/f", "1")
		b.start()
		b.wait(time.Second)
		if diff := cmp.Diff([]string{"Initializing ipvs"}, b.said()); diff != "" {
			t.Errorf("start (-want +got):\n%s", diff)
		}
		for _, step := range []struct {
			text, table string
			lines       []string
		}{
			{"0", "1:1", []string{
				"([127.0.0.11]:tcp:80): tracked file ff leaving FAULT state", "Adding service [127.0.0.11]:tcp:80 to VS [10.9.0.1]:tcp:80",
				"Gained quorum 1+0=1 <= 1 for VS [10.9.0.1]:tcp:80",
			}},
			{"1", "", []string{
				"([127.0.0.11]:tcp:80): tracked file ff now FAULT state", "Removing service [127.0.0.11]:tcp:80 from VS [10.9.0.1]:tcp:80",
				"Lost quorum 1-0=1 > 0 for VS [10.9.0.1]:tcp:80",
			}},
		} {
			b.files.put("/f", step.text)
			b.wait(time.Second)
			if diff := cmp.Diff(step.lines, b.said()); diff != "" {
				t.Errorf("file %s: log (-want +got):\n%s", step.text, diff)
			}
			if got := b.weights(); got != step.table {
				t.Errorf("file %s: table %q, want %q", step.text, got, step.table)
			}
		}
		b.stop()
	})
}

// TestFileCheckReload: files that stay are not read anew, new ones count before the table
// is programmed, and those that nobody follows any more are not watched.
func TestFileCheckReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		load := func(files ...string) *conf.Config {
			cfg := parseConfig(t, "vs 10.9.0.1:80\nrs 127.0.0.11:80 weight=10\nrs 127.0.0.12:80 weight=10")
			for i, f := range files {
				file(cfg, i, conf.FileCheck{File: &conf.TrackedFile{Name: f, Path: "/" + f}, Weight: 1})
			}
			return cfg
		}
		b := newBench(t, "")
		b.cfg = load("a")
		b.files.put("/a", "1")
		b.start()
		b.wait(2 * time.Second)
		b.files.put("/b", "5")
		for _, step := range []struct {
			cfg     *conf.Config
			table   string
			paths   []string
			watches int
		}{
			{load("a"), "1:11 2:10", []string{"/a"}, 1},
			{load("a", "b"), "1:11 2:15", []string{"/a", "/b"}, 2},
			{load("b", "b"), "1:15 2:15", []string{"/b"}, 3},
		} {
			b.switchTo(step.cfg)
			b.wait(time.Second)
			if got := b.weights(); got != step.table {
				t.Errorf("table %q, want %q", got, step.table)
			}
			if diff := cmp.Diff(step.paths, b.files.paths); diff != "" || b.files.watches != step.watches {
				t.Errorf("%d watches, want %d; paths (-want +got):\n%s", b.files.watches, step.watches, diff)
			}
		}
		b.stop()
	})
}

// TestFileCheckCrash: the successor of a crashed process goes by the file, and does not
// make it anew.
func TestFileCheckCrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "vs 10.9.0.1:80\nrs 127.0.0.11:80\nrs 127.0.0.12:80")
		for i, name := range []string{"a", "b"} {
			file(b.cfg, i, conf.FileCheck{File: &conf.TrackedFile{Name: name, Path: "/" + name, Init: true, Overwrite: true}})
		}
		b.start()
		b.wait(time.Second)
		b.files.put("/a", "1")
		b.wait(time.Second)
		if got := b.weights(); got != "2:1" {
			t.Fatalf("table %q", got)
		}
		b.crash()
		b.files.put("/b", "1")
		b.start()
		b.wait(time.Second)
		if got := b.weights(); got != "" {
			t.Errorf("after the crash: table %q", got)
		}
		b.files.put("/a", "0")
		b.wait(time.Second)
		if got := b.weights(); got != "1:1" {
			t.Errorf("after the recovery: table %q", got)
		}
		b.stop()
	})
}

// TestFileWatchFails: the watcher is begun again, and the reason said once.
func TestFileWatchFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "vs 10.9.0.1:80\nrs 127.0.0.11:80")
		file(b.cfg, 0, conf.FileCheck{File: &conf.TrackedFile{Name: "f", Path: "/f"}})
		b.files.err = errors.New("too many watches")
		b.start()
		b.wait(3 * time.Second)
		if b.files.watches != 2 || !strings.Contains(strings.Join(b.said(), "\n"), "error: Tracked files are not watched: too many watches") {
			t.Errorf("%d watches", b.files.watches)
		}
		b.stop()
	})
}

// TestFilesOnDisk: the real files, from init_file to a renamed one.
func TestFilesOnDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	b := newBench(t, "vs 10.9.0.1:80\nrs 127.0.0.11:80 weight=10")
	file(b.cfg, 0, conf.FileCheck{File: &conf.TrackedFile{Name: "f", Path: path, Init: true, InitValue: 5}, Weight: 1})
	b.diskOf = &hostDisk
	b.startOutside()
	await := func(want string) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); b.weights() != want; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("table %q, want %q", b.weights(), want)
			}
		}
	}
	await("1:15")
	if text, err := os.ReadFile(path); err != nil || string(text) != "5\n" {
		t.Errorf("%q, %v", text, err)
	}
	if err := os.WriteFile(path+".new", []byte("7"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	await("1:17")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	await("1:10")
	b.stop()
}
