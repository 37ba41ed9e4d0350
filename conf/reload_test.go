// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"path/filepath"
	"testing"
)

// TestReloadIsAFreshLoad: what was loaded before leaves no trace, and a plan between two
// files is empty exactly if there is nothing to do.
func TestReloadIsAFreshLoad(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.conf")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	fresh := map[string]*Loaded{}
	opts := Options{ConfigID: "lb1", Seed: 1}
	for _, f := range files {
		fresh[f] = opts.Load(f)
	}
	for _, old := range files {
		for _, next := range files {
			again := opts.Load(next)
			diff(t, next+" after "+old, said(fresh[next].Diagnostics), said(again.Diagnostics))
			if again.Fatal() || fresh[old].Fatal() {
				continue
			}
			if d := samePlaceless(fresh[next].Config, again.Config); d != "" {
				t.Errorf("%s is another configuration after %s:\n%s", next, old, d)
			}
			same := samePlaceless(fresh[old].Config, again.Config) == ""
			if empty := NewPlan(fresh[old].Config, again.Config).Empty(); empty != same {
				t.Errorf("from %s to %s: the plan is empty: %v, the configurations are equal: %v", old, next, empty, same)
			}
		}
	}
}
