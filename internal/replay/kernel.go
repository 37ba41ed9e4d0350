// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"regexp"
	"slices"
	"strings"
)

// snapshot is what a kernel was asked at one moment: "== title", then "# command" lines with
// their output. The titles that begin with sysctl hold the sysctls that have changed instead.
type snapshot struct {
	title string
	asked []question
}

type question struct {
	command string // "" before the first one
	answer  []string
}

// snapshotsOf reads a .kernel file.
func snapshotsOf(text string) []snapshot {
	var out []snapshot
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if title, ok := strings.CutPrefix(line, "== "); ok {
			out = append(out, snapshot{title: title, asked: []question{{}}})
			continue
		}
		if len(out) == 0 {
			continue
		}
		last := &out[len(out)-1]
		if command, ok := strings.CutPrefix(line, "# "); ok {
			last.asked = append(last.asked, question{command: command})
			continue
		}
		q := &last.asked[len(last.asked)-1]
		q.answer = append(q.answer, line)
	}
	return out
}

// otherTools are commands that a test machine need not have.
var otherTools = regexp.MustCompile(`^(ip6?tables|ipset) |python`)

// commands are the commands of a snapshot that can be asked again.
func (s snapshot) commands() []string {
	var out []string
	for _, q := range s.asked {
		if q.command != "" && !otherTools.MatchString(q.command) {
			out = append(out, q.command)
		}
	}
	return out
}

// isSysctl says whether a snapshot is one of sysctls.
func (s snapshot) isSysctl() bool { return strings.HasPrefix(s.title, "sysctl") }

// lines are all answers, each line with what it is a part of.
func (s snapshot) lines() []string {
	var out []string
	for _, q := range s.asked {
		if q.command != "" && !slices.Contains(s.commands(), q.command) {
			continue
		}
		for _, l := range inContext(q.answer) {
			out = append(out, strings.TrimSpace(s.title+" | "+q.command)+" | "+l)
		}
	}
	return out
}

// inContext puts before each line those that it is indented below, so that the order of the
// blocks does not matter.
func inContext(lines []string) []string {
	type open struct {
		depth int
		text  string
	}
	var out []string
	var path []open
	for _, l := range joinLists(lines) {
		text := strings.TrimLeft(l, " \t")
		depth := len(l) - len(text)
		text = sameEverywhere(text)
		if text == "" || text == "}" {
			continue
		}
		for len(path) > 0 && path[len(path)-1].depth >= depth {
			path = path[:len(path)-1]
		}
		full := text
		for _, o := range slices.Backward(path) {
			full = o.text + ": " + full
		}
		out = append(out, full)
		path = append(path, open{depth, strings.TrimSuffix(headOf(text), " {")})
	}
	return out
}

// joinLists joins the lines of a list in braces, whose order is that of a hash.
func joinLists(lines []string) []string {
	var out []string
	for _, l := range lines {
		if k := len(out); k > 0 && strings.Contains(out[k-1], "= {") && !strings.Contains(out[k-1], "}") {
			out[k-1] += " " + strings.TrimSpace(l)
			continue
		}
		out = append(out, l)
	}
	for i, l := range out {
		head, list, ok := strings.Cut(l, "= {")
		if !ok {
			continue
		}
		elements := strings.Split(strings.TrimRight(list, " }"), ",")
		for j := range elements {
			elements[j] = strings.TrimSpace(elements[j])
		}
		slices.Sort(elements)
		out[i] = head + "= { " + strings.Join(elements, ", ") + " }"
	}
	return out
}

// headOf names a block: an interface by its name, an address, a table of nft, a route.
func headOf(text string) string {
	if name, _, ok := strings.Cut(text, ": <"); ok {
		return name
	}
	if f := strings.Fields(text); len(f) > 1 && (f[0] == "inet" || f[0] == "inet6") {
		return f[1]
	}
	return text
}

// What is another in each run, or with each kernel and each version of ip.
var kernelNoise = []struct {
	what *regexp.Regexp
	by   string
}{
	{regexp.MustCompile(`^\d+: (\S+?)(@\w+)?: <`), "$1$2: <"},                          // ifindex
	{regexp.MustCompile(`^\d+:\t(\S+)$`), "$1"},                                        // likewise
	{regexp.MustCompile(`@if\d+(:| +UP)`), "$1"},                                       // of the other end
	{regexp.MustCompile(` link-netns(id)? \S+`), ""},                                   // likewise
	{regexp.MustCompile(` (minmtu|numtxqueues) .*`), ""},                               // what the kernel can do
	{regexp.MustCompile(` (used)?bcqueuelen \d+`), ""},                                 // likewise
	{regexp.MustCompile(` (qlen|expires) \d+(sec)?`), " $1 N"},                         // time that goes by
	{regexp.MustCompile(`counter packets \d+ bytes \d+`), "counter packets N"},         // traffic
	{regexp.MustCompile(`^(inet6? .*) proto (kernel_\w+|keepalived|18|0x12)\b`), "$1"}, // who added an address
	{regexp.MustCompile(`(valid_lft|preferred_lft) \d+sec`), "$1 N"},                   // time that goes by
	{regexp.MustCompile(`^Error: Peer netns reference is invalid\.$`), ""},             // of ip itself
}

func sameEverywhere(text string) string {
	for _, n := range kernelNoise {
		text = n.what.ReplaceAllString(text, n.by)
	}
	return strings.TrimSpace(text)
}

// compareKernel compares the snapshots of all steps.
func compareKernel(want, got *Recording) []Difference {
	var out []Difference
	for n := range min(len(want.Steps), len(got.Steps)) {
		out = append(out, compareSnapshots(n, want.Steps[n].Kernel, got.Steps[n].Kernel)...)
	}
	return out
}

// compareSnapshots compares those of a step.
func compareSnapshots(step int, want, got []string) []Difference {
	return compareLines("kernel", step, want, got)
}

// compareLines compares lines in no order.
func compareLines(kind string, step int, want, got []string) []Difference {
	var out []Difference
	for _, l := range without(want, got) {
		out = append(out, Difference{kind, "-", Item{step, l}})
	}
	for _, l := range without(got, want) {
		out = append(out, Difference{kind, "+", Item{step, l}})
	}
	return out
}

// without are the lines of a that b has not, or not as often.
func without(a, b []string) []string {
	left := map[string]int{}
	for _, l := range b {
		left[l]++
	}
	var out []string
	for _, l := range a {
		if left[l]--; left[l] < 0 {
			out = append(out, l)
		}
	}
	return out
}
