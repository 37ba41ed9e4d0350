// SPDX-License-Identifier: Apache-2.0

//go:build replay

package replay

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// accepted is testdata/accepted.txt: lines "CASE KIND REGEXP # WHY". The pattern is for a
// difference: "+ what only vipward has" or "- what only keepalived has". CASE may be * or some
// with commas; KIND "case" leaves a whole case out. Lines "CASE same REGEXP => TEXT # WHY" give
// keepalived's words for a line of vipward's log.
type accepted struct {
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

func readAccepted(t *testing.T) *accepted {
	t.Helper()
	a := &accepted{used: map[int]bool{}}
	for _, l := range fileLines("testdata/accepted.txt") {
		if l == "" || strings.HasPrefix(l, "#") {
			continue
		}
		rule, why, ok := strings.Cut(l, " # ")
		name, rest, named := strings.Cut(strings.TrimSpace(rule), " ")
		kind, what, _ := strings.Cut(rest, " ")
		if !ok || !named {
			t.Fatalf("accepted.txt: %q is not CASE KIND REGEXP # WHY", l)
		}
		what, text, _ := strings.Cut(what, " => ")
		a.list = append(a.list, exception{name, kind, regexp.MustCompile(what), text, why})
	}
	return a
}

func (e exception) of(name string) bool {
	return e.name == "*" || slices.Contains(strings.Split(e.name, ","), name)
}

// translate puts keepalived's words in the place of vipward's.
func (a *accepted) translate(name string, r *Recording) *Recording {
	out := &Recording{Name: r.Name, Steps: slices.Clone(r.Steps)}
	for n, step := range out.Steps {
		lines := slices.Clone(step.Log)
		for k := range lines {
			for i, e := range a.list {
				if e.kind == "same" && e.of(name) && e.what.MatchString(lines[k]) {
					lines[k] = e.what.ReplaceAllString(lines[k], e.text)
					a.use(i)
				}
			}
		}
		out.Steps[n].Log = lines
	}
	return out
}

// whole says whether a case is left out, and why.
func (a *accepted) whole(name string) (string, bool) {
	for i, e := range a.list {
		if e.kind == "case" && e.of(name) {
			a.use(i)
			return e.why, true
		}
	}
	return "", false
}

// refuse leaves the differences that are not accepted.
func (a *accepted) refuse(name string, all []Difference) []Difference {
	return slices.DeleteFunc(slices.Clone(all), func(d Difference) bool {
		for i, e := range a.list {
			if e.kind == d.Kind && e.of(name) && e.what.MatchString(rule(d)) {
				a.use(i)
				return true
			}
		}
		return false
	})
}

func (a *accepted) use(i int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.used[i] = true
}

// unused names exceptions that nothing needed; a run of all cases must need each.
func (a *accepted) unused(t *testing.T) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if testing.Short() || t.Failed() {
		return
	}
	for i, e := range a.list {
		if !a.used[i] {
			t.Logf("accepted.txt: nothing needs %s %s %s", e.name, e.kind, e.what)
		}
	}
}
