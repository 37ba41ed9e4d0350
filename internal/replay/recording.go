// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Recording is what was seen of one case.
type Recording struct {
	Name    string
	Configs map[string]string // by name: "a", "a.reload1", "b"
	Steps   []Step
}

// Step is something that was done, and what followed until the next one.
type Step struct {
	Do     string        // "start keepalived a"
	At     time.Duration // since the case began; -1: not recorded
	Log    []string      // repeated lines once
	Frames []Frame
	FIFO   []string
	Calls  []string // of scripts, sorted: they run side by side
	Kernel []string // lines of snapshots, with what they are part of
	Files  []string // lines of files that the daemon wrote
	Exit   string   // how a daemon ended, as Do tells it; "" where none should end

	asked []snapshot // what Kernel is from
}

// Frame is a frame that was seen in a step.
type Frame struct {
	Key   string // kind and bytes, as frameKey gives them
	Inner bool   // not at the edge of its step, where it may as well belong to the next one
}

// edge is how far the recordings' clock and the steps may be apart.
const edge = 500 * time.Millisecond

// exitStep is the text of a step at which a daemon ended.
var exitStep = regexp.MustCompile(`^keepalived (\w+) exited with status (-?\d+)$`)

// recorded says which of a step's parts a recording has at all.
type recorded struct{ log, wire, fifo, calls bool }

// load reads a recording. With newer, what 2.4.3 did otherwise takes the place of 2.2.7's.
func load(dir, name string, newer bool) (*Recording, recorded, error) {
	read := func(ext string) string {
		if newer {
			if b, err := os.ReadFile(filepath.Join(dir, name+".24."+ext)); err == nil {
				return string(b)
			}
		}
		b, err := os.ReadFile(filepath.Join(dir, name+"."+ext))
		if err != nil {
			return "" // this part was not recorded
		}
		return string(b)
	}
	r := &Recording{Name: name, Configs: sections(read("conf"))}
	if len(r.Configs) == 0 {
		return nil, recorded{}, fmt.Errorf("recording %s has no configuration", name)
	}
	for _, s := range split(read("log")) {
		step := Step{Do: s.do, At: -1, Log: once(s.lines)}
		if exitStep.MatchString(s.do) {
			step.Exit = s.do
		}
		r.Steps = append(r.Steps, step)
	}
	r.times(read("wire"), read("timeline"))
	has := recorded{log: read("log") != "", wire: read("wire") != "", fifo: read("fifo") != "", calls: read("notify") != ""}
	r.attach(read("wire"), func(i int, lines []string) { r.Steps[i].Frames = frameLines(lines, r.Steps[i].At, r.end(i)) })
	r.attach(read("fifo"), func(i int, lines []string) { r.Steps[i].FIFO = fifoLines(lines) })
	r.attach(read("notify"), func(i int, lines []string) { r.Steps[i].Calls = slices.Sorted(slices.Values(lines)) })
	r.place(snapshotsOf(read("kernel")))
	r.attachDumps(read)
	return r, has, nil
}

// sections splits a .conf file at its "##### name" lines; without them it is all "a".
func sections(text string) map[string]string {
	out := map[string]string{}
	name := "a"
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "##### "); ok {
			name = strings.TrimSpace(rest)
			continue
		}
		out[name] += line
	}
	return out
}

type part struct {
	do    string
	lines []string
}

var stamp = regexp.MustCompile(`^\+(\d+\.\d+) `)

// split cuts a file at its "---" lines; what stands before the first one is dropped.
func split(text string) []part {
	var out []part
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		bare := stamp.ReplaceAllString(line, "")
		if do, ok := strings.CutPrefix(bare, "--- "); ok {
			out = append(out, slices.Repeat([]part{{do: times.ReplaceAllString(do, "")}}, repeats(do))...)
		} else if len(out) > 0 && line != "" {
			last := &out[len(out)-1]
			last.lines = append(last.lines, line)
		}
	}
	return out
}

// repeats is how often a line came, as "[x3]" at its end tells.
func repeats(line string) int {
	if m := times.FindStringSubmatch(line); m != nil {
		n, _ := strconv.Atoi(m[1]) // the pattern lets only numbers through
		return max(n, 1)
	}
	return 1
}

// times takes over the times of steps from the first file that has them.
func (r *Recording) times(files ...string) {
	for _, text := range files {
		i := 0
		for line := range strings.Lines(text) {
			m := stamp.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			do, ok := strings.CutPrefix(strings.TrimSpace(line[len(m[0]):]), "--- ")
			if !ok {
				continue
			}
			if j := slices.IndexFunc(r.Steps[i:], func(s Step) bool { return s.Do == do }); j >= 0 {
				seconds, _ := strconv.ParseFloat(m[1], 64) // the pattern lets only numbers through
				r.Steps[i+j].At = time.Duration(seconds * float64(time.Second))
				i += j + 1
			}
		}
		if i > 0 {
			return
		}
	}
}

// reloads counts the steps at which a configuration may be read anew.
func (r *Recording) reloads() int {
	n := -1 // the first start is none
	for _, s := range r.Steps {
		if s.Do == "start keepalived a" || s.Do == "SIGHUP to the parent of a" {
			n++
		}
	}
	return n
}

// end is when the next step whose time was recorded began.
func (r *Recording) end(i int) time.Duration {
	for _, s := range r.Steps[i+1:] {
		if s.At >= 0 {
			return s.At
		}
	}
	return r.Steps[i].At + time.Hour // the last step has no end
}

// attach gives the parts of a file to the steps of the same text.
func (r *Recording) attach(text string, put func(int, []string)) {
	i := 0
	for _, p := range split(text) {
		if j := slices.IndexFunc(r.Steps[i:], func(s Step) bool { return s.Do == p.do }); j >= 0 {
			i += j
			put(i, p.lines)
			i++
		}
	}
}

var times = regexp.MustCompile(` \[x(\d+)( until [^\]]*)?\]$`)

// once drops the counts of repeated lines, and repetitions.
func once(lines []string) []string {
	var out []string
	for _, l := range lines {
		out = append(out, times.ReplaceAllString(l, ""))
	}
	return slices.Compact(out)
}

// frameLines reads "+4.57 eth0@b VRRP 0100… [x3 until +6.57]".
func frameLines(lines []string, from, to time.Duration) []Frame {
	var out []Frame
	for _, l := range lines {
		f := strings.Fields(l)
		if len(f) < 4 || !strings.HasSuffix(f[1], "@b") {
			continue
		}
		key, ok := frameKeyHex(strings.TrimSuffix(f[1], "@b"), f[3])
		if !ok {
			continue
		}
		first := offset(f[0])
		last := first
		if m := times.FindStringSubmatch(l); m != nil && m[2] != "" {
			last = offset(strings.TrimPrefix(m[2], " until "))
		}
		out = append(out, Frame{Key: key, Inner: within(first, from, to) || within(last, from, to)})
	}
	return out
}

// within says whether a time is well inside of a step.
func within(at, from, to time.Duration) bool { return at >= from+edge && at <= to-edge }

// offset reads "+4.57".
func offset(text string) time.Duration {
	v, err := strconv.ParseFloat(strings.TrimPrefix(text, "+"), 64)
	if err != nil {
		return -1
	}
	return time.Duration(v * float64(time.Second))
}

// fifoLines reads "494e… 'INSTANCE "VI_1" BACKUP 100\n'".
func fifoLines(lines []string) []string {
	var out []string
	for _, l := range lines {
		if _, text, ok := strings.Cut(l, "'"); ok {
			out = append(out, strings.ReplaceAll(strings.TrimSuffix(strings.TrimSuffix(text, "'"), `\n`), `\\`, `\`))
		}
	}
	return out
}
