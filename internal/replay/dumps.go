// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// dumps names the recorded files of the steps that make the daemon write one, in their order.
var dumps = []struct {
	step    string
	written string   // in the daemon's folder
	files   []string // as recorded: the first step's, the second one's
}{
	{"SIGJSON to the parent of a", "keepalived.json", []string{"json", "json-fault"}},
	{"SIGJSON to the parent of a", "keepalived.json", []string{"json-backup", "json-fault"}},
	{"SIGUSR2 to the parent of a", "keepalived.stats", []string{"stats", "stats3"}},
	{"SIGSTATS_CLEAR to the parent of a", "keepalived.stats", []string{"stats2"}},
}

// writtenAt is the file that a step makes the daemon write; empty: none.
func writtenAt(do string) string {
	for _, d := range dumps {
		if d.step == do {
			return d.written
		}
	}
	return ""
}

// attachDumps gives the recorded files to the steps that made the daemon write them.
func (r *Recording) attachDumps(read func(ext string) string) {
	for _, d := range dumps {
		n := 0
		for i := range r.Steps {
			if r.Steps[i].Do != d.step || n >= len(d.files) {
				continue
			}
			if text := read(d.files[n]); text != "" {
				r.Steps[i].Files = fileLines(d.written, text)
			}
			n++
		}
	}
}

// counted is what depends on how long the daemon has run.
var counted = regexp.MustCompile(`((?i:sent|received|rcvd|last_transition)"?\W+)[\d.]+$`)

// fileLines takes a dump apart: each line with what it is part of.
func fileLines(name, text string) []string {
	var out []string
	var value any
	lines := []string(nil)
	exact := json.NewDecoder(strings.NewReader(text))
	exact.UseNumber()
	if strings.HasSuffix(name, ".json") && exact.Decode(&value) == nil {
		lines = flatten("", value)
	} else {
		lines = inContext(strings.Split(text, "\n"))
	}
	for _, l := range lines {
		out = append(out, name+" "+counted.ReplaceAllString(l, "${1}N"))
	}
	return out
}

// flatten writes each value of a JSON document with its path.
func flatten(path string, value any) []string {
	var out []string
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			out = append(out, flatten(path+"."+key, v[key])...)
		}
	case []any:
		for i, e := range v {
			out = append(out, flatten(fmt.Sprintf("%s[%d]", path, i), e)...)
		}
	default:
		out = append(out, fmt.Sprintf("%s = %v", path, v))
	}
	return out
}
