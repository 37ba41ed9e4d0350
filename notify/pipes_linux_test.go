// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pipesRig is Pipes with a log and a place for FIFOs.
type pipesRig struct {
	*Pipes
	t   *testing.T
	dir string
	log logLines
}

func newPipesRig(t *testing.T, made ...MadeFIFO) *pipesRig {
	t.Helper()
	rig := &pipesRig{t: t, dir: t.TempDir()}
	rig.Pipes = NewPipes(newRunner(t), "vrrp", made, rig.log.logger())
	t.Cleanup(rig.Drain)
	return rig
}

// pipe is the FIFO of a name in the rig's directory.
func (r *pipesRig) pipe(name string, reader *Command) Pipe {
	return Pipe{Name: name, Path: filepath.Join(r.dir, name), Owner: me, Reader: reader}
}

func (r *pipesRig) said(want ...string) {
	r.t.Helper()
	var got []string
	for _, line := range r.log.all() {
		_, text, _ := strings.Cut(line, "msg=")
		got = append(got, strings.ReplaceAll(strings.Trim(text, `"`), r.dir, "DIR"))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		r.t.Errorf("log (-want +got)\n%s", diff)
	}
}

func (r *pipesRig) files() []string {
	r.t.Helper()
	list, err := os.ReadDir(r.dir)
	if err != nil {
		r.t.Fatal(err)
	}
	names := []string{}
	for _, f := range list {
		names = append(names, f.Name())
	}
	return names
}

func TestPipesWriteToAll(t *testing.T) {
	t.Parallel()
	r := newPipesRig(t)
	all, vrrp := r.pipe("notify", nil), r.pipe("vrrp_notify", nil)
	r.Set([]Pipe{all, vrrp})
	r.Write(StateLine("INSTANCE", "VI_1", "MASTER", 100))
	r.Write(StateLine("GROUP", "G 1", "BACKUP", 0))
	want := "INSTANCE \"VI_1\" MASTER 100\nGROUP \"G 1\" BACKUP 0\n"
	for _, p := range []Pipe{all, vrrp} {
		if diff := cmp.Diff(want, readFIFO(t, p.Path)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", p.Name, diff)
		}
	}
	r.Drain()
	if diff := cmp.Diff([]string{}, r.files()); diff != "" {
		t.Errorf("left behind (-want +got)\n%s", diff)
	}
	r.said()
}

// TestPipesReload: a FIFO that stays keeps its readers and its lines.
func TestPipesReload(t *testing.T) {
	t.Parallel()
	r := newPipesRig(t)
	all, vrrp, other := r.pipe("notify", nil), r.pipe("vrrp_notify", nil), r.pipe("other", nil)
	r.Set([]Pipe{all, vrrp})
	reader, err := os.OpenFile(all.Path, os.O_RDONLY|os.O_SYNC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	r.Write("before\n")
	other.Name = "vrrp_notify"
	r.Set([]Pipe{all, other})
	r.Write("after\n")
	b := make([]byte, 64)
	n, err := reader.Read(b)
	if got := string(b[:max(n, 0)]); err != nil || got != "before\nafter\n" {
		t.Errorf("got %q, %v", got, err)
	}
	if got := readFIFO(t, other.Path); got != "after\n" {
		t.Errorf("got %q", got)
	}
	if diff := cmp.Diff([]string{"notify", "other"}, r.files()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	r.Set(nil)
	if diff := cmp.Diff([]string{}, r.files()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestPipesOfOnePath(t *testing.T) {
	t.Parallel()
	r := newPipesRig(t)
	all, vrrp := r.pipe("notify", nil), r.pipe("vrrp_notify", nil)
	vrrp.Path = all.Path
	r.Set([]Pipe{all, vrrp})
	r.Write("once\n")
	if got := readFIFO(t, all.Path); got != "once\n" {
		t.Errorf("got %q", got)
	}
	r.said("notify FIFO DIR/notify has been specified for global and vrrp FIFO - ignoring vrrp FIFO")
}

// TestPipesCannotOpen: the others work.
func TestPipesCannotOpen(t *testing.T) {
	t.Parallel()
	r := newPipesRig(t)
	bad, good := r.pipe("notify", nil), r.pipe("vrrp_notify", nil)
	bad.Path = filepath.Join(r.dir, "no", "fifo")
	r.Set([]Pipe{bad, good})
	r.Write("line\n")
	if got := readFIFO(t, good.Path); got != "line\n" {
		t.Errorf("got %q", got)
	}
	r.said("Unable to create notify fifo DIR/no/fifo: no such file or directory")
}

// TestPipesFull: the loss is counted and said, once when it begins and once when it is over.
func TestPipesFull(t *testing.T) {
	t.Parallel()
	r := newPipesRig(t)
	all := r.pipe("notify", nil)
	r.Set([]Pipe{all})
	line := strings.Repeat("x", 1023) + "\n"
	const lines = 200
	for range lines {
		r.Write(line)
	}
	kept := len(readFIFO(t, all.Path)) / len(line)
	r.Write(line)
	r.Write(line)
	r.said(
		"notify fifo DIR/notify is full: nobody reads it, lines are lost",
		fmt.Sprintf("notify fifo DIR/notify has room again: %d lines were lost", lines-kept),
	)
	want := []string{fmt.Sprintf("notify fifo = %s (made, %d lines lost)", all.Path, lines-kept)}
	if diff := cmp.Diff(want, r.Describe()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestPipesOfAPredecessor: what a killed process made is ours to remove; what somebody else
// made is not.
func TestPipesOfAPredecessor(t *testing.T) {
	t.Parallel()
	first := newPipesRig(t)
	mine, theirs := first.pipe("notify", nil), first.pipe("vrrp_notify", nil)
	mkfifo(t, theirs.Path, me.int())
	first.Set([]Pipe{mine, theirs})
	made := first.Made()
	if len(made) != 1 || made[0].Path != mine.Path {
		t.Fatalf("made %v", made)
	}
	second := newPipesRig(t, append(made, MadeFIFO{theirs.Path, Inode{1, 2}})...)
	second.Set([]Pipe{mine, theirs})
	if diff := cmp.Diff(made, second.Made()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	second.Drain()
	if diff := cmp.Diff([]string{"vrrp_notify"}, first.files()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// fifoReader is a script that notes what happens to it.
func fifoReader(t *testing.T) (cmd *Command, calls func() []string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "calls")
	c := script(t, `out=$1; shift
trap 'echo "TERM" >>"$out"; exit 0' TERM
exec 3<>"$2"
echo "began $1 $(basename "$2")" >>"$out"
while read -r line <&3; do echo "read $line" >>"$out"; done`, file, "arg")
	return &c, func() []string {
		b, _ := os.ReadFile(file)
		return strings.Split(strings.TrimSpace(string(b)), "\n")
	}
}

// TestPipesReader follows a program over start, reload and stop: the path is its last
// argument, a reload starts it anew, no line is lost, and at the stop it has read the last.
func TestPipesReader(t *testing.T) {
	t.Parallel()
	r := newPipesRig(t)
	cmd, calls := fifoReader(t)
	p := r.pipe("notify", cmd)
	var want []string
	expect := func(lines ...string) {
		t.Helper()
		want = append(want, lines...)
		eventually(t, strings.Join(lines, ", "), func() bool { return len(calls()) >= len(want) })
		if diff := cmp.Diff(want, calls()); diff != "" {
			t.Fatalf("(-want +got)\n%s", diff)
		}
	}
	r.Set([]Pipe{p})
	r.Write("one\n")
	expect("began arg notify", "read one")
	r.Set([]Pipe{p})
	r.Write("two\n")
	expect("TERM", "began arg notify", "read two")
	r.Write("last\n")
	r.Drain()
	expect("read last", "TERM")
	r.said()
}

// TestPipesReaderActs: a program that takes its time for a line may do so at the stop, and
// ends with its FIFO.
func TestPipesReaderActs(t *testing.T) {
	t.Parallel()
	r := newPipesRig(t)
	file := filepath.Join(t.TempDir(), "calls")
	cmd := script(t, `while read -r line; do sleep 0.1; echo "$line" >>"$1"; done <"$2"; echo "the end" >>"$1"`, file)
	r.Set([]Pipe{r.pipe("notify", &cmd)})
	r.Write("first\n")
	r.Write("last\n")
	r.Drain()
	b, err := os.ReadFile(file)
	if diff := cmp.Diff("first\nlast\nthe end\n", string(b)); diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	r.said()
}

// TestPipesReaderRemoved: a reload that takes the program away ends it and keeps the FIFO.
func TestPipesReaderRemoved(t *testing.T) {
	t.Parallel()
	r := newPipesRig(t)
	cmd, calls := fifoReader(t)
	p := r.pipe("notify", cmd)
	r.Set([]Pipe{p})
	eventually(t, "the program", func() bool { return calls()[0] == "began arg notify" })
	p.Reader = nil
	r.Set([]Pipe{p})
	eventually(t, "its end", func() bool { return len(calls()) == 2 && calls()[1] == "TERM" })
	r.Write("kept\n")
	if got := readFIFO(t, p.Path); got != "kept\n" {
		t.Errorf("got %q", got)
	}
}

// TestPipesReaderEnds: it is said, with what the program had to say, and not started again.
func TestPipesReaderEnds(t *testing.T) {
	t.Parallel()
	r := newPipesRig(t)
	cmd := script(t, "echo no reading today >&2; exit 3")
	r.Set([]Pipe{r.pipe("notify", &cmd)})
	eventually(t, "the end of the program", func() bool { return len(r.log.all()) >= 3 })
	r.said(
		"vrrp notify fifo script terminated",
		fmt.Sprintf("notify fifo script %s: exited with status 3", cmd.Args[0]),
		fmt.Sprintf("notify fifo script %s said: no reading today", cmd.Args[0]),
	)
	r.Write("nobody reads\n") // and the stop does not wait for it
	r.Drain()
}

// TestPipesReaderThatDoesNotRead does not hold up a stop for long.
func TestPipesReaderThatDoesNotRead(t *testing.T) {
	t.Parallel()
	r := newPipesRig(t)
	cmd := mine("/bin/sleep", "1000")
	cmd.Args = []string{"/bin/sh", "-c", "exec sleep 1000"}
	r.Set([]Pipe{r.pipe("notify", &cmd)})
	r.Write("unread\n")
	r.Drain()
	if diff := cmp.Diff([]string{}, r.files()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	r.said()
}
