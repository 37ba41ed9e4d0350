// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"vipward/internal/lab"
)

// reading is what the programs around keepalived read of a daemon.
type reading struct {
	Log     []string          // lines that scripts look for
	JSON    map[string]any    // of the only instance, times left out
	Text    map[string]string // of the data file, by the keys that exporters look for
	Stats   map[string]string // of the stats file, by section and key
	Version bool              // -v lets exporters ask for JSON
	Check   [2]bool           // -l -t -f accepts a good file, and a broken one
}

// TestConsumersRead has the readers that people run beside keepalived read both daemons, in
// the same situation: what they get is the same.
func TestConsumersRead(t *testing.T) {
	t.Parallel()
	ours, theirs := readDaemon(t, lab.Vipward), readDaemon(t, lab.Keepalived)
	if diff := cmp.Diff(theirs, ours); diff != "" {
		t.Errorf("(-keepalived +vipward):\n%s", diff)
	}
	if len(ours.JSON) < 10 || len(ours.Text) < 8 || len(ours.Stats) < 14 {
		t.Errorf("too little was read: %d, %d, %d", len(ours.JSON), len(ours.Text), len(ours.Stats))
	}
}

func readDaemon(t *testing.T, kind lab.Kind) reading {
	t.Helper()
	before := "vrrp_script look {\n  script \"/usr/bin/true\"\n  interval 1\n}\n"
	cfg := instance{version: 2, advert: "1", before: before, extra: "  track_script {\n    look\n  }\n"}.String()
	d := lab.StartDaemon(lab.NewNet(t).Host("lb1", nodeAddr[0]+"/24"), kind, cfg)
	d.WaitLine(`Entering MASTER STATE`, patient)
	var r reading
	for _, line := range []string{"Entering BACKUP STATE", "Entering MASTER STATE", "Receive advertisement timeout", "VRRP_Script(look) succeeded"} {
		if d.Count(0, regexp.QuoteMeta(line)) > 0 {
			r.Log = append(r.Log, line)
		}
	}
	r.JSON = readJSON(t, d, signalOf(t, kind, "JSON"))
	d.Signal(signalOf(t, kind, "DATA"))
	d.Signal(signalOf(t, kind, "STATS"))
	r.Text = readData(waitFile(t, filepath.Join(d.Dir, "keepalived.data"), "Virtual IP"))
	r.Stats = readStats(waitFile(t, filepath.Join(d.Dir, "keepalived.stats"), "Priority Zero"))
	version, err := exec.Command(kind(t), "-v").CombinedOutput()
	if err != nil {
		t.Errorf("-v: %v", err)
	}
	r.Version = bytes.Contains(version, []byte("--enable-json"))
	broken := filepath.Join(t.TempDir(), "broken.conf")
	must(t, os.WriteFile(broken, []byte("vrrp_instance V {\n"), 0o600))
	for i, file := range []string{d.Config, broken} {
		r.Check[i] = exec.Command(kind(t), "-l", "-t", "-f", file).Run() == nil
	}
	return r
}

// signalOf asks the daemon's program for a signal, as exporters do.
func signalOf(t *testing.T, kind lab.Kind, name string) syscall.Signal {
	t.Helper()
	out, err := exec.Command(kind(t), "--signum="+name).Output()
	must(t, err)
	n, err := strconv.Atoi(strings.TrimSpace(string(out)))
	must(t, err)
	return syscall.Signal(n)
}

// readJSON waits by inotify until keepalived.json has been written and closed, and reads it
// whole, as routers' operating systems do.
func readJSON(t *testing.T, d *lab.Daemon, sig syscall.Signal) map[string]any {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	must(t, err)
	defer func() { _ = unix.Close(fd) }()
	_, err = unix.InotifyAddWatch(fd, d.Dir, unix.IN_CLOSE_WRITE)
	must(t, err)
	d.Signal(sig)
	lab.Wait(t, patient, "keepalived.json written and closed", func() error {
		buf := make([]byte, 4096)
		n, err := unix.Read(fd, buf)
		if err != nil && !errors.Is(err, unix.EAGAIN) {
			return err
		}
		if !slices.Contains(closedNames(buf[:max(n, 0)]), "keepalived.json") {
			return errors.New("no event")
		}
		return nil
	})
	b, err := os.ReadFile(filepath.Join(d.Dir, "keepalived.json"))
	must(t, err)
	var list []struct{ Data, Stats map[string]any }
	must(t, json.Unmarshal(b, &list))
	if len(list) != 1 {
		t.Fatalf("%d instances in %s", len(list), b)
	}
	read := map[string]any{}
	for _, key := range []string{"iname", "ifp_ifname", "vrid", "state", "wantstate", "garp_delay", "vips", "effective_priority"} {
		read[key] = list[0].Data[key]
	}
	for key := range list[0].Stats {
		if strings.HasPrefix(key, "auth_ext_") { // of 2.4; readers of 2.2 do not look for it
			continue
		}
		read["stats "+key] = "there" // how many adverts there were is a matter of time
	}
	return read
}

// closedNames are the files of inotify's events (inotify(7)).
func closedNames(b []byte) []string {
	var names []string
	for len(b) >= unix.SizeofInotifyEvent {
		n := int(binary.NativeEndian.Uint32(b[12:]))
		names = append(names, string(bytes.TrimRight(b[unix.SizeofInotifyEvent:unix.SizeofInotifyEvent+n], "\x00")))
		b = b[unix.SizeofInotifyEvent+n:]
	}
	return names
}

// waitFile waits until a file has a word of its end, and gives its text.
func waitFile(t *testing.T, path, word string) string {
	t.Helper()
	var text string
	lab.Wait(t, patient, word+" in "+path, func() error {
		b, err := os.ReadFile(path)
		if text = string(b); err == nil && !strings.Contains(text, word) {
			err = fmt.Errorf("not in %d bytes", len(b))
		}
		return err
	})
	return text
}

// dataKeys are what exporters look for in the data file, in its order.
var dataKeys = regexp.MustCompile(`^ +(VRRP Instance|VRRP Script|State|Wantstate|Interface|Gratuitous ARP delay|Virtual Router ID|Status|Virtual IP \(\d+\)|Virtual IP)(?: = |:)(.*)$`)

func readData(text string) map[string]string {
	read, block := map[string]string{}, ""
	for line := range strings.Lines(text) {
		m := dataKeys.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			continue
		}
		if strings.HasPrefix(m[1], "VRRP ") {
			block = m[1]
		}
		if _, ok := read[block+"/"+m[1]]; !ok && block != "" {
			read[block+"/"+m[1]] = m[2]
		}
	}
	return read
}

// readStats reads sections and their numbers, which are indented by two blanks more.
func readStats(text string) map[string]string {
	read, section := map[string]string{}, ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		key, value, number := strings.Cut(strings.TrimSpace(line), ": ")
		switch {
		case section == "Authentication Extension Errors:" && number: // of 2.4
		case strings.HasPrefix(line, "  ") && number:
			if !strings.HasPrefix(line, "    ") {
				section = "" // becoming and releasing the master stand alone
			}
			if _, err := strconv.Atoi(value); err != nil {
				value = "not a number: " + value
			} else {
				value = "a number"
			}
			read[section+"/"+key] = value
		case strings.HasPrefix(line, "  "):
			section = key
		}
	}
	return read
}
