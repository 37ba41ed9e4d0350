// SPDX-License-Identifier: Apache-2.0

package replayipvs

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
	Configs []string // at the start, then at each reload or later start
	Steps   []Step
	FIFO    []string // records, in order
	Calls   []string // of notify scripts, by their argument
	Kernel  []string // commands to the kernel, in order
	wire    string
}

// Step is something that was done, and what followed until the next one.
type Step struct {
	Do     string // "start", "RS1 stops"
	Log    []string
	Tables []Table
	Wire   []string      // what servers saw
	Length time.Duration // until the next step; 0: not recorded
}

// Table is a dump of the table.
type Table struct {
	Name  string
	After int // lines of the step's log that came before it
	Lines []string
}

// Load reads a recording. With older, what 2.2.7 did otherwise takes the place of 2.4.3's.
func Load(dir, name string, older bool) (*Recording, error) {
	read := func(ext string) string {
		if older {
			if b, err := os.ReadFile(filepath.Join(dir, name+".227."+ext)); err == nil {
				return string(b)
			}
		}
		b, err := os.ReadFile(filepath.Join(dir, name+"."+ext))
		if err != nil {
			return "" // this part was not recorded
		}
		return string(b)
	}
	r := &Recording{Name: name}
	for i := 1; ; i++ {
		ext := "conf"
		if i > 1 {
			ext = fmt.Sprintf("%d.conf", i)
		}
		text := read(ext)
		if text == "" && i > 1 && !exists(filepath.Join(dir, name+"."+ext)) {
			break
		}
		r.Configs = append(r.Configs, text)
	}
	if r.Configs[0] == "" {
		return nil, fmt.Errorf("recording %s has no configuration", name)
	}
	r.readLog(read("log"), tablesOf(read("table")))
	r.wire = read("wire")
	r.readWire(r.wire)
	r.readTimes(read("times"))
	r.Kernel = slices.Collect(strings.Lines(read("netlink")))
	return r, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// tablesOf splits a .table file at its "## " lines.
func tablesOf(text string) []Table {
	var out []Table
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "## "); ok {
			out = append(out, Table{Name: name})
		} else if len(out) > 0 && line != "" && line != "(empty)" {
			last := &out[len(out)-1]
			last.Lines = append(last.Lines, line)
		}
	}
	return out
}

// firstLine is what a daemon that starts says first.
const firstLine = "Starting Healthcheck child process"

// readLog makes the steps. A "## " line names the next table, or something that was done.
func (r *Recording) readLog(text string, tables []Table) {
	if strings.HasPrefix(text, "## ") {
		r.Steps = []Step{{Do: "before"}}
	} else {
		r.Steps = []Step{{Do: "start"}}
	}
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, line := range lines {
		step := &r.Steps[len(r.Steps)-1]
		name, marked := strings.CutPrefix(line, "## ")
		switch {
		case marked && len(tables) > 0 && tables[0].Name == name && nextMark(lines[i+1:]) != line:
			tables[0].After = len(step.Log)
			step.Tables = append(step.Tables, tables[0])
			tables = tables[1:]
		case marked:
			r.Steps = append(r.Steps, Step{Do: name})
		case strings.HasPrefix(line, firstLine) && (step.Do == "before" || strings.HasPrefix(step.Do, "stop ")):
			r.Steps = append(r.Steps, Step{Do: "start", Log: []string{line}})
		default:
			step.Log = append(step.Log, line)
		}
	}
}

// nextMark is the next "## " line: where it is the same, the first one tells what was done and
// the second one names the table.
func nextMark(lines []string) string {
	for _, l := range lines {
		if strings.HasPrefix(l, "## ") {
			return l
		}
	}
	return ""
}

var timesLine = regexp.MustCompile(`^ *(\d+\.\d+) ---- (.*)$`)

// readTimes gives the steps their lengths.
func (r *Recording) readTimes(text string) {
	i, at := -1, 0.0
	for line := range strings.Lines(text) {
		m := timesLine.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			continue
		}
		now, _ := strconv.ParseFloat(m[1], 64) // the pattern lets only numbers through
		for j := i + 1; j < len(r.Steps); j++ {
			if r.Steps[j].Do != m[2] {
				continue
			}
			if i >= 0 {
				r.Steps[i].Length = time.Duration((now - at) * float64(time.Second))
			}
			i, at = j, now
			break
		}
	}
}

// Length is about how long a recording took.
func (r *Recording) Length() time.Duration {
	var sum time.Duration
	for _, s := range r.Steps {
		sum += s.Length + 2*time.Second
	}
	return sum
}
