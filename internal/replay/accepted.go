// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Accepted is a list of accepted differences, testdata/accepted.txt: lines "CASE KIND REGEXP # WHY".
// REGEXP is for a difference: "+ what only vipward has" or "- what only keepalived has"; it may
// name the step as well: "- [2] what". CASE is a pattern ("vmac-*"), or some with commas. KIND
// "case" leaves a whole case out. Lines "CASE same REGEXP => TEXT # WHY" give keepalived's words
// for a line of vipward's log.
type Accepted struct {
	mu   sync.Mutex // guards used
	list []exception
	used map[int]bool
}

type exception struct {
	name, kind string
	what       *regexp.Regexp
	text       string // instead of what matches; only of kind same
	why        string
}

// ReadAccepted reads a list.
func ReadAccepted(file string) (*Accepted, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	a := &Accepted{used: map[int]bool{}}
	for l := range strings.Lines(string(b)) {
		l = strings.TrimSpace(l)
		if l == "" || strings.HasPrefix(l, "#") {
			continue
		}
		e, err := readException(l)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		a.list = append(a.list, e)
	}
	return a, nil
}

// readException reads a line of a list.
func readException(line string) (exception, error) {
	rule, why, ok := strings.Cut(line, " # ")
	name, rest, named := strings.Cut(strings.TrimSpace(rule), " ")
	kind, what, _ := strings.Cut(rest, " ")
	if !ok || !named {
		return exception{}, fmt.Errorf("%q is not CASE KIND REGEXP # WHY", line)
	}
	what, text, _ := strings.Cut(what, " => ")
	re, err := regexp.Compile(what)
	return exception{name, kind, re, text, why}, err
}

func (e exception) of(name string) bool {
	return slices.ContainsFunc(strings.Split(e.name, ","), func(pattern string) bool {
		ok, err := path.Match(pattern, name)
		return ok && err == nil
	})
}

// matches says whether a rule is for a difference, wherever it is or at its step.
func (e exception) matches(d Difference) bool {
	return e.what.MatchString(d.Sign+" "+d.Text) || e.what.MatchString(fmt.Sprintf("%s [%d] %s", d.Sign, d.Step, d.Text))
}

// translate puts keepalived's words in the place of vipward's.
func (a *Accepted) translate(name string, r *Recording) *Recording {
	out := &Recording{Name: r.Name, Steps: slices.Clone(r.Steps)}
	for n, step := range out.Steps {
		out.Steps[n].Log = nil
		for _, line := range step.Log {
			out.Steps[n].Log = append(out.Steps[n].Log, a.Translate(name, line))
		}
	}
	return out
}

// Translate puts keepalived's words for a line in the place of vipward's.
func (a *Accepted) Translate(name, line string) string {
	for i, e := range a.list {
		if e.kind == "same" && e.of(name) && e.what.MatchString(line) {
			line = e.what.ReplaceAllString(line, e.text)
			a.use(i)
		}
	}
	return line
}

// Whole says whether a case is left out, and why.
func (a *Accepted) Whole(name string) (string, bool) {
	for i, e := range a.list {
		if e.kind == "case" && e.of(name) {
			a.use(i)
			return e.why, true
		}
	}
	return "", false
}

// Refuse leaves the differences that are not accepted.
func (a *Accepted) Refuse(name string, all []Difference) []Difference {
	return slices.DeleteFunc(slices.Clone(all), func(d Difference) bool {
		for i, e := range a.list {
			if e.kind == d.Kind && e.of(name) && e.matches(d) {
				a.use(i)
				return true
			}
		}
		return false
	})
}

func (a *Accepted) use(i int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.used[i] = true
}

// Unused names the exceptions that nothing has needed; a run of all cases must need each.
func (a *Accepted) Unused() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []string
	for i, e := range a.list {
		if !a.used[i] {
			out = append(out, fmt.Sprintf("%s %s %s", e.name, e.kind, e.what))
		}
	}
	return out
}
