// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// accepted is testdata/accepted.txt: lines "CASE KIND REGEXP # WHY". The pattern is for a
// difference: "+ what only vipward has" or "- what only keepalived has". CASE may be *; KIND
// "case" leaves a whole case out.
type accepted struct {
	mu   sync.Mutex // guards used
	list []exception
	used map[int]bool
}

type exception struct {
	name, kind string
	what       *regexp.Regexp
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
		a.list = append(a.list, exception{name, kind, regexp.MustCompile(what), why})
	}
	return a
}

// whole says whether a case is left out, and why.
func (a *accepted) whole(name string) (string, bool) {
	for i, e := range a.list {
		if e.kind == "case" && e.name == name {
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
			if e.kind == d.Kind && (e.name == "*" || e.name == name) && e.what.MatchString(d.rule()) {
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
